import Bench
import Files
import Foundation
import Reports

/// `recallbench report`: a folder's last sweep as a page, as pictures, or as tables.
enum ReportCommand: Command {
  private enum Format: String, CaseIterable {
    case html, png, svg, md, csv
  }

  static let description = CommandDescription(
    "report", "write the report of a sweep: a page with charts, pictures, or tables",
    options: [
      ResultsFolder.option,
      Option(
        "--base", .text("RUN"), "also compare with this run: latest~1, its number, tag or commit, or a results folder"),
      Option("--history", .text("METRIC"), "also draw this figure from run to run: \(HistoryMetric.expected)"),
      Option("--format", .choice("FORMAT", of: Format.self), default: Format.html.rawValue, "what is written"),
      Option(
        "--to", .file("FILE|DIR"),
        "the file to write, or the folder for pictures; when it is not given, the results folder, and standard output "
          + "for md and csv"),
    ],
    notes: """
      The report is about the last sweep in the folder.

      html is one file that opens from disk, offline. It shows recall against speed, tail latency and size with the front of
      each index, the times of queries and builds, and for every cell the command that repeats its measurement. `run`
      writes it too. png and svg are the same charts, one file each.

      md and csv say what each index reaches at fixed recalls, interpolated on its front; results.csv has every cell.

      The charts are drawn by programs that `make deps` installs into .build/charts and `make install` beside the program.
      The environment variable \(ChartTools.variable) names another folder. Without them there are no pictures, and a page
      loads Vega from \(VegaScript.host), checked by its digest.
      """,
    examples: ["report --format md", "report --base latest~1 --history qps@recall=0.95"])

  static func run(_ arguments: Arguments) throws {
    let format = arguments.choice(Format.self)
    let folder = ResultsFolder.path(arguments)
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
