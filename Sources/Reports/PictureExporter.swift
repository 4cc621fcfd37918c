import Files
import Foundation

/// Every chart of a report as a picture, one a setting.
public enum PictureExporter {
  /// The folder below the sweep's.
  public static let folderName = "charts"

  private static let width = 760

  /// Draws the charts that have something to show, and writes them all.
  ///
  /// The names say setting and chart: `photos-k10-single-recall-qps.png`.
  ///
  /// - Returns: the paths of the files.
  /// - Throws: `ReportError`; a picture that can't be drawn leaves none behind.
  public static func write(
    _ report: SweepReport, as format: PictureFormat, to folder: OutputFolder, tools: ChartTools
  ) throws(ReportError) -> [String] {
    var (names, specifications): ([String], [JSON]) = ([], [])
    for setting in report.settings {
      for chart in report.charts {
        let rows = report.rows(of: chart, in: setting)
        guard !rows.isEmpty else { continue }
        var name = "\(setting.fileName)-\(chart.name)"
        // Names that differ in letters which no file name has.
        while names.contains("\(name).\(format.rawValue)") { name += "_" }
        names.append("\(name).\(format.rawValue)")
        specifications.append(
          chart.specification(variants: report.variants, rows: rows, subtitle: setting.text, width: width))
      }
    }
    let pictures = try tools.draw(specifications, as: format)
    try ReportError.writing { () throws(OutputError) in
      for (name, picture) in zip(names, pictures) { try folder.write(picture, to: name) }
    }
    return names.map { "\(folder.path)/\($0)" }
  }
}

extension ReportCell.Setting {
  /// What makes it, as a part of a file's name.
  fileprivate var fileName: String {
    let name = String(dataset.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "_" })
    return "\(name.prefix(150))-k\(k)-\(mode.rawValue)\(threads == 1 ? "" : "-\(threads)threads")"
  }
}
