import Bench
import Foundation
import Reports
import VectorIndexes

/// `recallbench run`: sweeps indexes over datasets and writes the results as CSV.
enum RunCommand: Command {
  static let description = CommandDescription(
    "run", "sweep indexes over datasets and write a CSV of recall, speed, memory and build time",
    options: [
      Option("--dataset", .text("NAME|FILE"), repeatable: true, required: true, DatasetSource.meaning),
      Option("--index", .text("KIND"), repeatable: true, required: true, "the kind of index (recallbench indexes)"),
      Option(
        "--set", .text("NAME=V1,V2"), repeatable: true,
        "values of a parameter, for each index that has it; lists are a product"),
      Option("-k", .integer("N", 1...65_536), default: "10", "neighbours to find"),
      Option("--runs", .integer("N", 1...1_000), default: "3", "timed rounds; the median one is reported"),
      Option("--queries", .integer("N", 1...Int.max), "only the first N queries"),
      DatasetSource.limitOption,
      Option("--batch", .flag, "all queries in one call instead of one a call"),
      Option(
        "--threads", .integer("N", 1...1_024), default: "1",
        "searching threads: clients in a closed loop, or slices of the batch"),
      Option(
        "--build-threads", .integer("N", 1...1_024), default: String(ProcessInfo.processInfo.activeProcessorCount),
        "threads that train and insert"),
      Option("--seed", .text("N"), default: String(RunOptions().seed), "where all randomness comes from"),
      DatasetSource.folderOption,
      Option("--out", .text("DIR"), default: "reports/latest", "where results.csv goes"),
      Option("--raw", .flag, "also write the answers of each cell to DIR/raw, for others to recompute the recall"),
      Option("--quiet", .flag, "no progress and no table"),
    ],
    notes: """
      example:
        recallbench run --dataset datasets/photo-sift-20k-128-euclidean.hdf5 --index flat \\
          --index ivf-flat --set nlist=64,256 --set nprobe=1,2,4,8
      Ctrl-C leaves the row of every finished cell in results.csv.
      """)

  static func run(_ arguments: Arguments) throws {
    let request = try RunRequest(arguments)
    let folder = try OutputFolder(creating: request.outputPath)
    try folder.checkWritable()
    let rawFolder = request.keepsAnswers ? try OutputFolder(creating: "\(request.outputPath)/raw") : nil
    let results = ResultsFile(in: folder)
    let report = ProgressReport(
      style: request.isQuiet ? .silent : Console.isInteractive ? .bar : .lines,
      cells: request.datasets.count * request.plan.cellCount, rounds: request.options.rounds)
    let interruption = Interruption { signal in
      results.end { rows in
        report.end()
        let written =
          rows == 0 ? "nothing written" : "\(results.path) has the \(rows) finished \(rows == 1 ? "cell" : "cells")"
        Console.error("interrupted; \(written)")
        _exit(128 + signal)
      }
    }
    defer { withExtendedLifetime(interruption) { report.end() } }
    let measurements = try sweep(request, results: results, rawFolder: rawFolder, report: report)
    report.end()
    if !request.isQuiet {
      Console.print(TableExporter.text(measurements))
      Console.note("results: \(results.path)\n")
    }
  }

  /// Measures every cell; the row of each is in the file as soon as it is finished.
  private static func sweep(
    _ request: RunRequest, results: ResultsFile, rawFolder: OutputFolder?, report: ProgressReport
  ) throws -> [Bench.Measurement] {
    let provenance = Provenance.current()
    var measurements: [Bench.Measurement] = []
    for name in request.datasets {
      report.begin("loading \(name)")
      let dataset = try request.source.load(
        name, queries: request.queries, rows: request.rows, k: request.options.k)
      let runner = try Runner(dataset: dataset, options: request.options, provenance: provenance)
      for build in request.plan.builds {
        report.begin("building \(build.label) on \(dataset.name)")
        let built = try runner.build(build)
        for (cell, search) in zip(build.cells, build.searches) {
          let progress = SearchProgress()
          report.begin(cell.label, search: progress, queries: dataset.test.rows)
          let result = try runner.measure(built, search: search, progress: progress)
          try rawFolder?.write(
            RawAnswersExporter.text(result.answers), to: RawAnswersExporter.name(for: result.measurement))
          try results.append(result.measurement)
          measurements.append(result.measurement)
          report.finish(result.measurement)
        }
      }
    }
    return measurements
  }
}
