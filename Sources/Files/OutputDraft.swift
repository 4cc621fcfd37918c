import Foundation

/// A new file that replaces an `OutputFile` once its contents are complete.
///
/// The draft is in the folder of the file that it replaces. For a device or a pipe it is in the folder for temporary
/// files, and its contents are copied.
public struct OutputDraft: Sendable {
  /// The path to write to; there is no file yet.
  public let path: String
  private let target: OutputFile

  init(for target: OutputFile) {
    self.target = target
    let folder =
      if case .file(let place) = target.place { OutputFile.folder(of: place) } else { NSTemporaryDirectory() }
    path = Self.newPath(in: folder)
  }

  /// A path for a new draft of a file or a folder.
  ///
  /// The name does not contain the target's name, which may have the greatest possible length.
  static func newPath(in folder: String) -> String {
    let number = String(UInt64.random(in: .min ... .max), radix: 36)
    return "\(folder)/\(prefix)\(getpid()).\(number)\(suffix)"
  }

  private static let prefix = ".recallbench."
  private static let suffix = ".partial"

  /// Removes drafts of files and folders in a folder that were left by processes killed before they could remove them.
  public static func removeAbandoned(in folder: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    where name.hasPrefix(prefix) && name.hasSuffix(suffix) {
      guard let process = pid_t(name.split(separator: ".")[1]), !isRunning(process) else { continue }
      try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
    }
  }

  /// Whether a process can still write: one that has ended cannot, also while its parent has not asked how it ended.
  private static func isRunning(_ process: pid_t) -> Bool {
    guard kill(process, 0) == 0 || errno != ESRCH else { return false }
    #if os(Linux)
      // "PID (NAME) STATE …", where the name can have any characters.
      let status = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
      return status.split(separator: ")").last?.split(separator: " ").first != "Z"
    #else
      return true
    #endif
  }

  /// Writes these bytes to the draft.
  ///
  /// - Throws: `OutputError`, which names the target.
  public func fill(_ bytes: Data) throws(OutputError) {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw failure() }
    do throws(OutputError) { try target.write(bytes, to: file) } catch {
      close(file)
      throw error
    }
    guard close(file) == 0 else { throw failure() }
  }

  /// Flushes the draft to the disk and replaces the target by it; the draft no longer exists afterwards.
  ///
  /// - Throws: `OutputError`; the target is then unchanged, unless it is not a regular file.
  public func commit() throws(OutputError) {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw failure() }
    defer { close(file) }
    guard case .file(let place) = target.place else {
      try target.withStream { stream throws(OutputError) in try copy(file, to: stream) }
      unlink(path)
      return
    }
    var old = stat()
    if stat(place, &old) == 0 {
      // The owner of the old file stays the owner if that is permitted; the mode stays in any case.
      _ = fchown(file, old.st_uid, old.st_gid)
      guard fchmod(file, old.st_mode & 0o777) == 0 else { throw failure() }
    }
    guard fsync(file) == 0, rename(path, place) == 0 else { throw failure() }
    // The folder is flushed for the new name, too; not all file systems can do that.
    let folder = open(OutputFile.folder(of: place), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return }
    _ = fsync(folder)
    close(folder)
  }

  /// Removes the draft, if it exists.
  public func discard() { unlink(path) }

  private func copy(_ file: Int32, to stream: Int32) throws(OutputError) {
    var piece = Data(count: 1 << 16)
    while true {
      let count = piece.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure() }
      if count == 0 { return }
      try target.write(piece.prefix(count), to: stream)
    }
  }

  private func failure() -> OutputError { OutputError(path: target.path, .system(errno)) }
}
