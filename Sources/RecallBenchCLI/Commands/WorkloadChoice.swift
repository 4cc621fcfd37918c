import Bench
import Datasets

/// The options that choose a workload.
enum WorkloadChoice {
  static let option = Option(
    "--workload", .choice("NAME", Workload.names),
    "the work with the indexes; \(Workload.search.name) when it is not given")

  private static let filter = Option(
    "--filter", .text("FILTER"), given: .repeated,
    "for filtered: \(FilterChoice.expected); 50%, 10%, 1% and 0.1%, also near and far, when it is not given")
  private static let readers = Option(
    "--readers", .integer("R", IngestOptions.readersRange),
    "for ingest: threads that search during the writes; \(IngestOptions().readers) when it is not given")
  private static let rate = Option(
    "--rate", .integer("V", IngestOptions.rateRange),
    "for ingest: vectors written in a second; as many as possible when it is not given or 0")
  private static let batchRows = Option(
    "--write-batch", .integer("N", IngestOptions.batchRowsRange),
    "for ingest: vectors in a batch; \(IngestOptions().batchRows) when it is not given")
  private static let baseRows = Option(
    "--base-rows", .integer("N", IngestOptions.baseRowsRange),
    "for ingest: rows of the base, which is built first; half of all rows when it is not given")

  private static let idle = Option(
    "--idle", .seconds("TIME"),
    "for ingest: length of each phase without writes; \(Int(IngestOptions().idleSeconds))s when it is not given"
  )

  private static let ofIngest = [readers, rate, batchRows, baseRows, idle]
  static let options = [option, filter] + ofIngest

  /// - Parameter file: the workload of the sweep file, or `.search` without a file.
  /// - Throws: `UsageError`, also for an option that does not apply to the workload.
  static func asked(_ arguments: Arguments, file: Workload) throws(UsageError) -> Workload {
    var workload = file
    if let name = arguments.text(option.name), name != file.name, let other = Workload(name: name) { workload = other }
    for option in unsuited(to: workload) where arguments.has(option) {
      throw .unsuitedOption(option, with: "\(Self.option.name) \(workload.name)")
    }
    if case .filtered = workload, arguments.has(filter.name) { return .filtered(try filters(arguments)) }
    guard case .ingest(var ingest) = workload else { return workload }
    ingest.readers = arguments.integer(readers.name) ?? ingest.readers
    ingest.rate = arguments.integer(rate.name) ?? ingest.rate
    ingest.batchRows = arguments.integer(batchRows.name) ?? ingest.batchRows
    ingest.baseRows = arguments.integer(baseRows.name) ?? ingest.baseRows
    ingest.idleSeconds = arguments.seconds(idle.name) ?? ingest.idleSeconds
    return .ingest(ingest)
  }

  private static func filters(_ arguments: Arguments) throws(UsageError) -> [FilterChoice] {
    var filters: [FilterChoice] = []
    for text in arguments.all(filter.name) {
      do throws(FilterConditionError) { filters.append(try FilterChoice(parsing: text)) } catch {
        throw .filter(option: filter.name, error)
      }
    }
    return filters.distinct
  }

  /// The options that do not apply to a workload. Concurrent readers and a writer are measured in one pass, not in
  /// rounds that take turns with another program; an index that grows while it is measured cannot be kept.
  private static func unsuited(to workload: Workload) -> [String] {
    let ofIngest = ofIngest.map(\.name)
    let ofFinishedIndexes = ["--keep-index", "--open-index"]
    return switch workload {
    case .search: ofIngest + [filter.name]
    case .filtered: ofIngest + ofFinishedIndexes + ["--batch"]
    case .drift: ofIngest + ofFinishedIndexes + [filter.name]
    case .ingest: ofFinishedIndexes + [filter.name, "--runs", "--threads", "--batch", InterleavedRun.option.name]
    }
  }
}
