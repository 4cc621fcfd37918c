import Bench
import Reports
import VectorIndexes

/// `recallbench run --workload ingest`: vectors are written into memtables while readers search.
struct IngestRun {
  /// The options that only this workload has.
  static let options = [
    Option("--writers", .integer("1", 1...1), "ingest: threads that write; 1 when it is not given"),
    Option("--readers", .integer("R", 0...1_024), "ingest: threads that search meanwhile; 1 when it is not given"),
    Option(
      "--rate", .integer("V", 0...1_000_000_000),
      "ingest: vectors to write in a second, such as 100k; as fast as possible when it is 0 or not given"),
    Option("--write-batch", .integer("N", 1...1_000_000), "ingest: vectors in a batch; 1000 when it is not given"),
    Option(
      "--base-rows", .integer("N", 1...Int(Int32.max)),
      "ingest: vectors that are stored before, and trained on; half of the dataset when it is not given"),
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
