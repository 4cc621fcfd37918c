import Files
import Foundation

/// The programs that `make deps` installs to draw charts: Python with vl-convert, and Vega as one script.
public struct ChartTools: Sendable {
  /// The environment variable that names the folder in place of the one that comes with the program.
  public static let variable = PrivatePython.folderVariable

  /// The folder, which need not exist.
  public let folder: String

  public init(folder: String) { self.folder = folder }

  /// The folder of the environment variable, or the one that is installed with the program.
  public static func find() -> ChartTools {
    ChartTools(folder: PrivatePython.current.folder)
  }

  /// Vega, Vega-Lite and vega-embed as one script of about 0.9 MB; `nil` when it is not installed.
  ///
  /// The script defines `vega`, `vegaLite` and `vegaEmbed` as members of `window`.
  func script() -> String? { try? String(contentsOfFile: "\(folder)/vega.js", encoding: .utf8) }

  /// Draws specifications with their data.
  ///
  /// - Returns: the bytes of one picture for each specification, in order.
  /// - Throws: `ReportError.noChartTools` when nothing is installed, `.chart` for a specification that cannot be drawn.
  func draw(_ specifications: [JSON], as format: PictureFormat) throws(ReportError) -> [Data] {
    guard let interpreter = PrivatePython(folder: folder).interpreter else { throw .noChartTools(folder: folder) }
    let script = PythonScript(
      interpreter, String(decoding: PackageResources.charts_py, as: UTF8.self), [format.rawValue])
    let lines = specifications.map { "\($0.text)\n" }.joined()
    guard let text = script.run(input: Data(lines.utf8))?.output else { throw .noChartTools(folder: folder) }
    let pictures = text.split(separator: UInt8(ascii: "\n")).map { try? JSONDecoder().decode(Reply.self, from: $0) }
    guard pictures.count == specifications.count else {
      throw .chart("vl-convert ended after \(pictures.count) of \(specifications.count) pictures")
    }
    return try pictures.map { (reply) throws(ReportError) in
      guard let picture = reply?.picture else {
        throw .chart(reply?.error ?? "vl-convert sent an invalid reply")
      }
      return picture
    }
  }

  private struct Reply: Decodable {
    var picture: Data?
    var error: String?
  }
}

/// The formats of pictures.
public enum PictureFormat: String, Sendable, CaseIterable {
  case png, svg
}
