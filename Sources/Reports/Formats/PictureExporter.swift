import Bench
import Files
import Foundation

/// Every chart of a report as a picture, one for each setting.
struct PictureExporter: Exporter {
  private let picture: PictureFormat
  private let tools: ChartTools

  init(_ picture: PictureFormat, tools: ChartTools = .find()) {
    self.picture = picture
    self.tools = tools
  }

  var format: String { picture.rawValue }
  var fileEnding: String { picture.rawValue }
  let meaning = "pictures, a file for each chart"
  let usualPlace: String? = "charts"

  private static let width = 760

  /// Draws the charts that have data.
  ///
  /// A file's name states setting and chart: `photos-k10-single-recall-qps.png`.
  ///
  /// - Throws: `ReportError`; when one picture cannot be drawn, no file is written.
  func export(_ report: SweepReport) throws(ReportError) -> Exported {
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
        // Two names may become equal when characters are replaced that file names must not have.
        while names.contains("\(name).\(fileEnding)") { name += "_" }
        names.append("\(name).\(fileEnding)")
        specifications.append(
          chart.specification(
            variants: report.variants, rows: rows,
            subtitle: chart.cells == .stages ? setting.textOfAllStages : setting.text, width: Self.width))
      }
    }
    let pictures = try tools.draw(specifications, as: picture)
    return .files(zip(names, pictures).map { name, picture in Exported.File(path: name) { picture } })
  }
}

extension ReportCell.Setting {
  /// The stage as a part of a file's name; empty without one.
  fileprivate var stageFileName: String {
    stage.map { "-\($0.workload)-\($0.name)" } ?? ""
  }

  /// The further properties of the stage, as a part of a file's name.
  fileprivate var fileName: String {
    "\(PathComponent.portable(dataset))-k\(k)-\(mode.rawValue)\(threads == 1 ? "" : "-\(threads)threads")"
  }
}
