import Foundation

/// A file to be filled that then takes the place of an `OutputFile`.
///
/// It is beside the file that it replaces; for a device or a pipe it is in the folder for temporary files, and copied.
public struct OutputDraft: Sendable {
  /// Where to write; there is nothing yet.
  public let path: String
  private let target: OutputFile

  init(for target: OutputFile) {
    self.target = target
    let folder =
      if case .file(let place) = target.place { OutputFile.folder(of: place) } else { NSTemporaryDirectory() }
    // Not after the target's name, which may be as long as a name can be.
    let number = String(UInt64.random(in: .min ... .max), radix: 36)
    path = "\(folder)/\(Self.prefix)\(getpid()).\(number)\(Self.suffix)"
  }

  private static let prefix = ".recallbench."
  private static let suffix = ".partial"

  /// Removes drafts in a folder whose processes have ended: they were killed before they could do it.
  public static func removeAbandoned(in folder: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    where name.hasPrefix(prefix) && name.hasSuffix(suffix) {
      guard let process = pid_t(name.split(separator: ".")[1]), kill(process, 0) != 0, errno == ESRCH else { continue }
      unlink("\(folder)/\(name)")
    }
  }

  /// Writes a new file with these bytes.
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

  /// Brings the bytes to the disk and puts them into the target's place; the draft is then gone.
  ///
  /// - Throws: `OutputError`; the target is then as it was, unless it is no regular file.
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
      // Another's file stays another's where that is permitted; its mode stays in any case.
      _ = fchown(file, old.st_uid, old.st_gid)
      guard fchmod(file, old.st_mode & 0o777) == 0 else { throw failure() }
    }
    guard fsync(file) == 0, rename(path, place) == 0 else { throw failure() }
    // The new name too; not all file systems can do that.
    let folder = open(OutputFile.folder(of: place), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return }
    _ = fsync(folder)
    close(folder)
  }

  /// Removes the draft, if it is there.
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
