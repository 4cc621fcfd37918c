import Foundation

/// A folder that results are written to, each file whole or not at all.
public struct OutputFolder: Sendable {
  public let path: String

  /// Creates the folder, and those above it, where they are not there yet.
  ///
  /// - Throws: `ReportError.cannotCreateFolder`.
  public init(creating path: String) throws(ReportError) {
    self.path = path
    var prefix = path.hasPrefix("/") ? "/" : ""
    for component in path.split(separator: "/") {
      prefix += (prefix.isEmpty || prefix.hasSuffix("/") ? "" : "/") + component
      guard mkdir(prefix, 0o777) != 0 else { continue }
      let code = errno
      var status = stat()
      let isFolder = stat(prefix, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
      guard isFolder else { throw .cannotCreateFolder(path: prefix, code: code) }
    }
  }

  /// Makes sure that files can be written here, before anything long is begun.
  ///
  /// - Throws: `ReportError.cannotWrite`.
  public func checkWritable() throws(ReportError) {
    let probe = "\(path)/.recallbench.\(getpid()).partial"
    try Self.writeWhole(Data("recallbench\n".utf8), to: probe, for: path)
    unlink(probe)
  }

  /// Writes a file beside its place and renames it into place: readers see the old or the new one, never a part.
  ///
  /// - Throws: `ReportError.cannotWrite`; an older file of this name is then as it was.
  public func write(_ text: String, to name: String) throws(ReportError) { try write(Data(text.utf8), to: name) }

  /// The same for bytes.
  func write(_ bytes: Data, to name: String) throws(ReportError) {
    let target = "\(path)/\(name)"
    // Not after the name, which may be as long as a name can be.
    let beside = "\(path)/.recallbench.\(getpid()).partial"
    try Self.writeWhole(bytes, to: beside, for: target)
    guard rename(beside, target) == 0 else {
      let code = errno
      unlink(beside)
      throw .cannotWrite(path: target, code: code)
    }
  }

  /// Writes and closes a file, or leaves none; errors name `target`, what the file is for.
  private static func writeWhole(_ bytes: Data, to path: String, for target: String) throws(ReportError) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw .cannotWrite(path: target, code: errno) }
    var failure: Int32 = 0
    bytes.withUnsafeBytes { bytes in
      var rest = bytes
      while failure == 0, let base = rest.baseAddress, !rest.isEmpty {
        let written = Foundation.write(file, base, rest.count)
        if written >= 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        } else if errno != EINTR {
          failure = errno
        }
      }
    }
    if close(file) != 0, failure == 0 { failure = errno }
    guard failure == 0 else {
      unlink(path)
      throw .cannotWrite(path: target, code: failure)
    }
  }
}
