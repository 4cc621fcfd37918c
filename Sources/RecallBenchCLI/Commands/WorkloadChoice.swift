import Bench

/// What a command line says of the workload.
enum WorkloadChoice {
  static let option = Option(
    "--workload", .text("NAME"), "what is done with the indexes: \(names); \(Workload.search.name) unless said")

  private static let readers = Option(
    "--readers", .integer("R", IngestOptions.readersRange),
    "of ingest: threads that search meanwhile; \(IngestOptions().readers) unless said")
  private static let rate = Option(
    "--rate", .integer("V", IngestOptions.rateRange),
    "of ingest: vectors written a second; \(IngestOptions().rate), unless said: as many as can be")
  private static let batchRows = Option(
    "--write-batch", .integer("N", IngestOptions.batchRowsRange),
    "of ingest: vectors of a batch, \(IngestOptions().batchRows) unless said")
  private static let baseRows = Option(
    "--base-rows", .integer("N", IngestOptions.baseRowsRange),
    "of ingest: rows that are trained on and stored before; half of them unless said")

  private static let idle = Option(
    "--idle", .text("TIME"),
    "of ingest: how long each phase lasts in which nothing is written; \(Int(IngestOptions().idleSeconds))s unless said"
  )

  private static let ofIngest = [readers, rate, batchRows, baseRows, idle]
  static let options = [option] + ofIngest

  private static var names: String { Workload.names.joined(separator: ", ") }

  /// - Parameter file: what the sweep file says, or searches.
  /// - Throws: `UsageError`, also for an option that the workload has no use for.
  static func asked(_ arguments: Arguments, file: Workload) throws(UsageError) -> Workload {
    var workload = file
    if let name = arguments.text(option.name), name != file.name {
      guard let other = Workload(name: name) else {
        throw .invalidValue(option: option.name, value: name.isEmpty ? "''" : name, expected: "one of \(names)")
      }
      workload = other
    }
    for option in unsuited(to: workload) where arguments.has(option) {
      throw .unsuitedOption(option, with: "\(Self.option.name) \(workload.name)")
    }
    guard case .ingest(var ingest) = workload else { return workload }
    ingest.readers = arguments.integer(readers.name) ?? ingest.readers
    ingest.rate = arguments.integer(rate.name) ?? ingest.rate
    ingest.batchRows = arguments.integer(batchRows.name) ?? ingest.batchRows
    ingest.baseRows = arguments.integer(baseRows.name) ?? ingest.baseRows
    if let text = arguments.text(idle.name) {
      guard let seconds = Limits.seconds(parsing: text) else {
        throw .invalidValue(option: idle.name, value: text, expected: Limits.secondsExpected)
      }
      ingest.idleSeconds = seconds
    }
    return .ingest(ingest)
  }

  /// Options that a workload has no use for: readers and a writer at once are measured in one go, and not in turns with
  /// another program; what grows while it is measured is no index to keep.
  private static func unsuited(to workload: Workload) -> [String] {
    let ofIngest = ofIngest.map(\.name)
    let ofFinishedIndexes = ["--keep-index", "--open-index"]
    return switch workload {
    case .search: ofIngest
    case .drift: ofIngest + ofFinishedIndexes
    case .ingest: ofFinishedIndexes + ["--runs", "--threads", "--batch", InterleavedRun.option.name]
    }
  }
}
