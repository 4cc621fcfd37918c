import Files
import Foundation

/// A format in which one sort of results is written; `Exporters` lists all of them.
public protocol Exporter<Results>: Sendable {
  associatedtype Results

  /// The name of the format, as people type it: `csv`.
  var format: String { get }
  /// The file name extension, without the dot.
  var fileEnding: String { get }
  /// A description for the help: `Markdown, for a pull request`.
  var meaning: String { get }
  /// The file or folder, inside the results folder, that is written when none is named; `nil` for standard output.
  var usualPlace: String? { get }
  /// Whether the output is for no terminal, so that a place to write it to must be named.
  var needsPlace: Bool { get }

  /// - Throws: `ReportError`.
  func export(_ results: Results) throws(ReportError) -> Exported
}

extension Exporter {
  public var usualPlace: String? { nil }
  public var needsPlace: Bool { false }
}

/// The output of an exporter.
public enum Exported: Sendable {
  case text(String)
  /// A file that is no text.
  case bytes(Data)
  /// Several files in one folder.
  case files([File])

  public struct File: Sendable {
    /// The path, relative to the folder.
    let path: String
    let bytes: @Sendable () throws(ReportError) -> Data
  }

  /// Writes a text or bytes to a file, or to standard output when `path` is `nil`, and several files below a folder; existing
  /// files are replaced.
  ///
  /// - Returns: the paths of the files in a folder.
  /// - Throws: `ReportError`.
  @discardableResult
  public func write(to place: String?) throws(ReportError) -> [String] {
    func writeOne(_ bytes: Data) throws(ReportError) {
      try ReportError.writing { () throws(OutputError) in
        try (place.map { path throws(OutputError) in try OutputFile(path) } ?? .standard).write(bytes)
      }
    }
    switch self {
    case .text(let text):
      try writeOne(Data(text.utf8))
      return []
    case .bytes(let bytes):
      try writeOne(bytes)
      return []
    case .files(let files):
      var paths: [String] = []
      for file in files {
        let (bytes, path) = (try file.bytes(), "\(place ?? ".")/\(file.path)")
        let folder = (path as NSString).deletingLastPathComponent
        try ReportError.writing { () throws(OutputError) in
          try OutputFolder(creating: folder).write(bytes, to: (path as NSString).lastPathComponent)
        }
        paths.append(path)
      }
      return paths
    }
  }
}
