import Files
import Foundation

/// What `make deps` installs to draw charts: a Python with vl-convert, and Vega as one script.
public struct ChartTools: Sendable {
  /// The environment variable that names the folder in place of the one that comes with the program.
  public static let variable = PrivatePython.folderVariable

  /// The folder, whether it is there or not.
  public let folder: String

  public init(folder: String) { self.folder = folder }

  /// The folder that the environment names, or the one that comes with the program.
  public static func find() -> ChartTools {
    ChartTools(folder: PrivatePython.current.folder)
  }

  /// Vega, Vega-Lite and vega-embed as one script of about 0.9 MB; nil where it was not installed.
  ///
  /// The script defines `vega`, `vegaLite` and `vegaEmbed` as members of `window`.
  func script() -> String? { try? String(contentsOfFile: "\(folder)/vega.js", encoding: .utf8) }

  /// Draws specifications with their data.
  ///
  /// - Returns: the bytes of one picture a specification, in their order.
  /// - Throws: `ReportError.noChartTools` where nothing is installed, `.chart` for a specification that can't be drawn.
  func draw(_ specifications: [JSON], as format: PictureFormat) throws(ReportError) -> [Data] {
    guard let interpreter = PrivatePython(folder: folder).interpreter else { throw .noChartTools(folder: folder) }
    let process = Process()
    process.executableURL = URL(filePath: interpreter)
    process.arguments = ["-c", String(decoding: PackageResources.charts_py, as: UTF8.self), format.rawValue]
    let (requests, replies) = (Pipe(), Pipe())
    process.standardInput = requests
    process.standardOutput = replies
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { throw .noChartTools(folder: folder) }
    // It reads all of them before it replies: neither side waits for the other with a full pipe.
    for specification in specifications {
      guard (try? requests.fileHandleForWriting.write(contentsOf: Data((specification.text + "\n").utf8))) != nil else {
        break
      }
    }
    try? requests.fileHandleForWriting.close()
    let text = replies.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let pictures = text.split(separator: UInt8(ascii: "\n")).map { try? JSONDecoder().decode(Reply.self, from: $0) }
    guard pictures.count == specifications.count else {
      throw .chart("vl-convert ended after \(pictures.count) of \(specifications.count) pictures")
    }
    return try pictures.map { (reply) throws(ReportError) in
      guard let picture = reply?.picture else {
        throw .chart(reply?.error ?? "vl-convert replied what is not understood")
      }
      return picture
    }
  }

  private struct Reply: Decodable {
    var picture: Data?
    var error: String?
  }
}

/// What pictures of charts are written as.
public enum PictureFormat: String, Sendable, CaseIterable {
  case png, svg
}
