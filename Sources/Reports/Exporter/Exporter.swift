import Files
import Foundation

/// A format in which results of one sort leave the program; `Exporters` lists all of them.
public protocol Exporter<Results>: Sendable {
  associatedtype Results

  /// What people type: `csv`.
  var format: String { get }
  /// How the names of its files end, without the dot.
  var fileEnding: String { get }
  /// What is written, for the help: `Markdown, for a pull request`.
  var meaning: String { get }
  /// The file, or the folder, in the folder of the results that is written where none is named; `nil` for standard output.
  var usualPlace: String? { get }

  /// - Throws: `ReportError`.
  func export(_ results: Results) throws(ReportError) -> Exported
}

extension Exporter {
  public var usualPlace: String? { nil }
}

/// What an exporter makes of results.
public enum Exported: Sendable {
  case text(String)
  /// Several files of one folder.
  case files([File])

  public struct File: Sendable {
    /// Below the folder.
    let path: String
    let bytes: @Sendable () throws(ReportError) -> Data
  }

  /// Writes a text to a file, or without one to standard output, and files below a folder; files that are there are
  /// replaced.
  ///
  /// - Returns: the paths of the files of a folder.
  /// - Throws: `ReportError`.
  @discardableResult
  public func write(to place: String?) throws(ReportError) -> [String] {
    switch self {
    case .text(let text):
      try ReportError.writing { () throws(OutputError) in
        try (place.map { path throws(OutputError) in try OutputFile(path) } ?? .standard).write(text)
      }
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
