import Foundation

/// A folder that results are written to, each file whole or not at all.
public struct OutputFolder: Sendable {
  public let path: String

  /// Creates the folder, and those above it, where they are not there yet.
  ///
  /// - Throws: `OutputError`, with the reason `cannotCreateFolder`.
  public init(creating path: String) throws(OutputError) {
    self.path = path
    guard !path.isEmpty else { throw OutputError(path: path, .cannotCreateFolder(ENOENT)) }
    var prefix = path.hasPrefix("/") ? "/" : ""
    for component in path.split(separator: "/") {
      prefix += (prefix.isEmpty || prefix.hasSuffix("/") ? "" : "/") + component
      guard mkdir(prefix, 0o777) != 0 else { continue }
      let code = errno
      var status = stat()
      let isFolder = stat(prefix, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
      guard isFolder else { throw OutputError(path: prefix, .cannotCreateFolder(code)) }
    }
  }

  /// Makes sure that files can be written here, before anything long is begun.
  ///
  /// - Throws: `OutputError`, which names the folder.
  public func checkWritable() throws(OutputError) {
    do throws(OutputError) {
      _ = try OutputFile("\(path)/.recallbench")
    } catch {
      throw OutputError(path: path, error.reason)
    }
  }

  /// Writes a file in this folder as `OutputFile` does.
  ///
  /// - Throws: `OutputError`; an older file of this name is then as it was.
  public func write(_ text: String, to name: String) throws(OutputError) { try write(Data(text.utf8), to: name) }

  /// The same for bytes.
  public func write(_ bytes: Data, to name: String) throws(OutputError) {
    try OutputFile("\(path)/\(name)").write(bytes)
  }
}
