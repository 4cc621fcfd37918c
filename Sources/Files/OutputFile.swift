import Foundation

/// One file that a command is told to write: whole or not at all.
public struct OutputFile: Sendable {
  private let folder: OutputFolder
  private let name: String

  /// Creates the folder where it is not there yet and makes sure that the file can be written, before anything long.
  ///
  /// - Throws: `ReportError`.
  public init(_ path: String) throws(ReportError) {
    let slash = path.lastIndex(of: "/")
    name = String(slash.map { path[path.index(after: $0)...] } ?? path[...])
    folder = try OutputFolder(creating: slash.map { String(path[...$0]) } ?? ".")
    var status = stat()
    let isFolder = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    guard !name.isEmpty, !isFolder else { throw .cannotWrite(path: path, code: EISDIR) }
    try folder.checkWritable()
  }

  /// Writes the file, or replaces it.
  ///
  /// - Throws: `ReportError.cannotWrite`; an older file is then as it was.
  public func write(_ text: String) throws(ReportError) { try folder.write(text, to: name) }
}
