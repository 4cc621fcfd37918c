import Foundation

/// A folder for results, in which each file is written atomically.
public struct OutputFolder: Sendable {
  public let path: String

  /// Creates the folder, and the folders above it, if they do not exist.
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

  /// Checks that files can be written to the folder, before long work begins.
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
  /// - Throws: `OutputError`; an existing file with this name is then unchanged.
  public func write(_ text: String, to name: String) throws(OutputError) { try write(Data(text.utf8), to: name) }

  /// Writes bytes to a file in this folder as `OutputFile` does.
  public func write(_ bytes: Data, to name: String) throws(OutputError) {
    try OutputFile("\(path)/\(name)").write(bytes)
  }
}
