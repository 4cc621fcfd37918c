import Bench
import Files
import Foundation
import Reports

/// `recallbench report`: writes the results of a folder as a page, as pictures, or as tables.
enum ReportCommand: Command {
  static let description = CommandDescription(
    "report", "write the report of a folder: a page with charts, pictures, or tables",
    options: [
      ResultsFolder.option,
      ChosenRun.option,
      Option(
        "--base", .text("RUN"),
        "also compare the newest run, or that of --run, with this one: latest~1, its number, tag or commit, or a results folder"
      ),
      Option("--history", .text("METRIC"), "also draw this figure from run to run: \(HistoryMetric.expected)"),
      .format(Exporters.report),
      Option(
        "--to", .file("FILE|DIR"),
        "the file to write, or the folder for pictures; when it is not given, the results folder, and standard output "
          + "for md, csv and latex"),
    ],
    notes: """
      The command reports on all runs in the folder: of each cell it takes the newest measurement. Measurements of another
      processor, instruction set, build configuration, dataset file or number of queries than the newest one on their
      dataset are left out, and the command says so; so are runs with injected faults.

      \(Exporters.explained(Exporters.report))

      html shows recall against speed, tail latency and size with the front of each index, the times of queries and
      builds, and for every cell the command that repeats its measurement. `run` writes it too. png and svg have the
      same charts.

      md, csv and latex have the figures of each index at fixed recalls, interpolated on its front; results.csv has every cell.

      The charts are drawn by programs that `make deps` installs into .build/charts and `make install` beside the program.
      The environment variable \(ChartTools.variable) names another folder. Without them there are no pictures, and a page
      loads Vega from \(VegaScript.host), checked by its digest.
      """,
    examples: [
      "report --format md", "report --run latest --to night.html", "report --base latest~1 --history qps@recall=0.95",
    ])

  static func run(_ arguments: Arguments) throws {
    let exporter = arguments.exporter(Exporters.report)
    let folder = ResultsFolder.path(arguments)
    let results = try ChosenRun.results(arguments, in: folder)
    let comparison = try arguments.text("--base").map { base throws(CompareError) in
      Comparison(
        base: try RunReference(base).find(in: folder),
        head: ComparedRun(folder: results.folder, run: results.run, records: results.ownRecords))
    }
    let history = try arguments.text("--history").map { name in
      try History(HistoryMetric(named: name, option: "--history"), of: Ledger(reading: folder))
    }
    let report = SweepReport(results, comparison: comparison, history: history)
    let place = arguments.text("--to") ?? exporter.usualPlace.map { "\(folder)/\($0)" }
    if exporter is HTMLExporter, let place {
      try FolderFiles.writePage(report, to: place)
      Console.note("report: \(place)\n")
      return
    }
    if exporter.fileEnding == "csv" { results.noteMissing() }
    for path in try exporter.export(report).write(to: place) { try Console.print("\(path)\n") }
  }
}
