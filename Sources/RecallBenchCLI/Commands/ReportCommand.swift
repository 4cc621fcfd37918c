import Bench
import Files
import Foundation
import Reports

/// `recallbench report`: a folder's last sweep as a page, as pictures, or as tables.
enum ReportCommand: Command {
  static let description = CommandDescription(
    "report", "write a sweep's report: a page with charts, pictures, or tables",
    options: [
      ResultsFolder.option,
      Option("--base", .text("RUN"), "also compare with this run: latest~1, a number, a tag, a commit, a folder"),
      Option("--history", .text("METRIC"), "also draw the history of this figure: \(HistoryMetric.expected)"),
      Option("--format", .text("FORMAT"), default: Format.html.rawValue, "html, png, svg, md or csv"),
      Option("--to", .text("FILE|DIR"), "where to; without it into the sweep's folder, md and csv to standard output"),
    ],
    notes: """
      html is one file that opens from disk, offline: recall against speed, tail latency and size with the front of each
      index, the times of queries and builds, every cell with the command line that measures it again. `run` writes it
      too. png and svg are the same charts, one file each. What draws them is installed by `make deps` into .build/charts;
      \(ChartTools.variable) names another folder. Without it pages load Vega from \(VegaScript.host), checked by its digest.
      md and csv tell what each index does at fixed recalls, interpolated on its front; every cell is in results.csv.
      The cells are those of the last sweep run into the folder.
      """)

  private enum Format: String, NamedChoice {
    case html, png, svg, md, csv
  }

  static func run(_ arguments: Arguments) throws {
    let format = try Format(arguments)
    let folder = try ResultsFolder.path(arguments)
    let (run, records) = try LastSweep.read(folder: folder)
    let comparison = try arguments.text("--base").map { base throws(CompareError) in
      Comparison(
        base: try RunReference(base).find(in: folder), head: ComparedRun(folder: folder, run: run, records: records))
    }
    let history = try arguments.text("--history").map { name in
      try History(HistoryMetric(named: name, option: "--history"), of: Ledger(reading: folder))
    }
    let report = SweepReport(
      run: run, records: records, folder: folder, comparison: comparison, history: history)
    let target = arguments.text("--to")
    switch format {
    case .html:
      let path = target ?? "\(folder)/\(HTMLExporter.fileName)"
      try writePage(report, to: OutputFile(path))
      Console.note("report: \(path)\n")
    case .md: try Console.print(report.markdown, to: target)
    case .csv:
      LastSweep.noteMissing((run, records))
      try Console.print(report.csv, to: target)
    case .png: try writePictures(report, as: .png, folder: folder, target: target)
    case .svg: try writePictures(report, as: .svg, folder: folder, target: target)
    }
  }

  /// Writes the page, and says, unless it is to be quiet, where it needs a network.
  static func writePage(_ report: SweepReport, to file: OutputFile, isQuiet: Bool = false) throws {
    let tools = ChartTools.find()
    let vega = VegaScript(tools)
    try file.write(HTMLExporter.text(report, vega: vega))
    if !vega.isEmbedded, !isQuiet {
      Console.note(
        "\(tools.folder): Vega is not there, the page loads it from the network; install it with make deps\n")
    }
  }

  private static func writePictures(
    _ report: SweepReport, as format: PictureFormat, folder: String, target: String?
  ) throws {
    let place = try OutputFolder(creating: target ?? "\(folder)/\(PictureExporter.folderName)")
    let paths = try PictureExporter.write(report, as: format, to: place, tools: .find())
    for path in paths { try Console.print("\(path)\n") }
  }
}
