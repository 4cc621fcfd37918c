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
    for (place, setting) in report.settings.enumerated() {
      let isFirstStage = !report.settings[..<place].contains(where: setting.isAnotherStage)
      for chart in report.charts {
        // One picture shows all stages.
        guard chart.cells != .stages || isFirstStage else { continue }
        let rows = report.rows(of: chart, in: setting)
        guard !rows.isEmpty else { continue }
        let stage = chart.cells == .stages ? "" : setting.stageFileName
        var name = "\(setting.fileName)\(stage)-\(chart.name)"
        // Names that differ in letters which no file name has.
        while names.contains("\(name).\(format.rawValue)") { name += "_" }
        names.append("\(name).\(format.rawValue)")
        specifications.append(
          chart.specification(
            variants: report.variants, rows: rows,
            subtitle: chart.cells == .stages ? setting.textOfAllStages : setting.text, width: width))
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
  /// The stage, as a part of a file's name; empty without one.
  fileprivate var stageFileName: String {
    stage.map { "-\($0.workload)-\($0.name)" } ?? ""
  }

  /// What else makes it, as a part of a file's name.
  fileprivate var fileName: String {
    let name = String(dataset.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "_" })
    return "\(name.prefix(150))-k\(k)-\(mode.rawValue)\(threads == 1 ? "" : "-\(threads)threads")"
  }
}
