import Bench
import Reports
import VectorIndexes

/// `recallbench run --workload ingest`: vectors are written into memtables while readers search.
struct IngestRun {
  /// The options that only this workload has.
  static let options = [
    Option("--writers", .integer("1", 1...1), "of ingest: threads that write; one, unless said"),
    Option("--readers", .integer("R", 0...1_024), "of ingest: threads that search meanwhile; 1 unless said"),
    Option(
      "--rate", .integer("V", 0...1_000_000_000),
      "of ingest: vectors written a second; 0, unless said: as many as can be"),
    Option("--write-batch", .integer("N", 1...1_000_000), "of ingest: vectors of a batch, 1000 unless said"),
    Option(
      "--base-rows", .integer("N", 1...Int(Int32.max)),
      "of ingest: rows that are trained on and stored before; half of them unless said"),
  ]

  private let workload: WorkloadRun
  private let ingest: IngestOptions

  /// - Throws: `UsageError`, also for an index other than `memtable`.
  init(_ arguments: Arguments) throws(UsageError) {
    workload = try WorkloadRun(arguments)
    var ingest = IngestOptions()
    ingest.readers = arguments.integer("--readers") ?? ingest.readers
    ingest.rate = arguments.integer("--rate") ?? ingest.rate
    ingest.batchRows = arguments.integer("--write-batch") ?? ingest.batchRows
    ingest.baseRows = arguments.integer("--base-rows")
    self.ingest = ingest
  }

  /// Runs the workload for each build over each dataset; its rows are in the CSV as soon as it has ended.
  func run() throws {
    try workload.run(to: IngestExporter.fileName, csv: IngestExporter.csv, text: IngestExporter.text) {
      vectors, builds, report, record in
      for build in builds {
        try IngestWorkload(vectors, build: build, options: ingest, folder: workload.folder)
          .run(report: { report("\(build.shortLabel): \(Self.text($0))") }, record: record)
      }
    }
  }

  private static func text(_ event: IngestWorkload.Event) -> String {
    switch event {
    case .building(let rows): "building the base of \(rows) rows"
    case .searching(.writing(let tenth)): "writing tenth \(tenth) of \(IngestWorkload.tenths)"
    case .searching(let phase): "searching, \(phase)"
    case .judging(let searches): "judging \(searches) searches"
    }
  }
}
