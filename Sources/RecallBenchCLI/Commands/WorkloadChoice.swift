import Bench
import Datasets
import VectorIndexes
import YAML

/// The options that choose a workload.
enum WorkloadChoice {
  static let option = Option(
    "--workload", .choice("NAME", Workload.names),
    "the work with the indexes; \(Workload.search.name) when it is not given")

  private static let filter = Option(
    "--filter", .text("FILTER"), given: .repeated,
    "for the workload filtered, which it implies: \(FilterChoice.expected); 50%, 10%, 1% and 0.1%, also near and far, when "
      + "it is not given")
  private static let readers = Option(
    "--readers", .integer("R", IngestOptions.readersRange),
    "for ingest: threads that search during the writes; \(IngestOptions().readers) when it is not given")
  private static let rate = Option(
    "--rate", .text("RATE"),
    "for ingest: vectors written in a second; as many as possible when it is not given or 0. Otherwise the workload load: "
      + "requests in a second, several as in 1000,2000, or a ladder as in 1000..50000")
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

  private static let clients = Option(
    "--clients", .integer("C", LoadOptions.clientsRange),
    "for load: threads that answer requests; \(LoadOptions().clients) when it is not given")
  private static let schedule = Option(
    "--schedule", .choice("NAME", of: ArrivalSchedule.self),
    "for load: when requests are due, at equal distances or at random times; \(LoadOptions().schedule.rawValue) when it is "
      + "not given")
  private static let duration = Option(
    "--duration", .seconds("TIME"),
    "for load: length of each round; \(Int(LoadOptions().seconds))s when it is not given")
  private static let mix = Option(
    "--mix", .text("SHARES"),
    "for load: shares of searches, insertions and removals in percent, like search=95,insert=4,remove=1, for an index that "
      + "may be searched meanwhile; searches alone when it is not given")

  private static let runbook = Option(
    "--runbook", .file("FILE"),
    "for the workload runbook, which it implies: a file of insertions, removals, replacements and searches, in the format of "
      + "big-ann-benchmarks")

  private static let ofIngest = [readers, batchRows, baseRows, idle]
  private static let ofLoad = [clients, schedule, duration, mix]
  static let options = [option, filter, rate, runbook] + ofIngest + ofLoad

  /// - Parameter file: the workload of the sweep file, or `.search` without a file.
  /// - Throws: `UsageError`, also for an option that does not apply to the workload.
  static func asked(_ arguments: Arguments, file: Workload) throws(UsageError) -> Workload {
    var workload = file
    if let name = arguments.text(option.name), name != file.name, let other = Workload(name: name) { workload = other }
    if workload == .search, !arguments.has(option.name) {
      if arguments.has(rate.name) { workload = .load(LoadOptions()) }
      if arguments.has(runbook.name) { workload = .runbook(.none) }
      if arguments.has(filter.name) { workload = .filtered([]) }
    }
    for option in unsuited(to: workload) where arguments.has(option) {
      throw .unsuitedOption(option, with: "\(Self.option.name) \(workload.name)")
    }
    if case .filtered = workload, arguments.has(filter.name) { return .filtered(try filters(arguments)) }
    if case .load(let load) = workload { return .load(try asked(arguments, load)) }
    if case .runbook(let file) = workload {
      guard let path = arguments.text(runbook.name) else {
        if file == .none { throw .missingOption(runbook.name) }
        return workload
      }
      do throws(YAMLError) { return .runbook(try RunbookFile(path: path)) } catch { throw .sweep(.yaml(error)) }
    }
    guard case .ingest(var ingest) = workload else { return workload }
    ingest.readers = arguments.integer(readers.name) ?? ingest.readers
    ingest.rate =
      try value(of: rate, arguments, expected: ParameterDeclaration.Domain.integer(IngestOptions.rateRange).description)
    { text in
      Quantity.count(text).flatMap { IngestOptions.rateRange.contains($0) ? $0 : nil }
    } ?? ingest.rate
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

  private static func asked(_ arguments: Arguments, _ initial: LoadOptions) throws(UsageError) -> LoadOptions {
    var load = initial
    load.rates =
      try value(of: rate, arguments, expected: LoadOptions.ratesExpected) { LoadOptions.rates(parsing: $0) }
      ?? load.rates
    guard !load.rates.isEmpty else { throw .missingOption(rate.name) }
    load.clients = arguments.integer(clients.name) ?? load.clients
    if let name = arguments.text(schedule.name) { load.schedule = ArrivalSchedule(rawValue: name) ?? load.schedule }
    load.seconds = arguments.seconds(duration.name) ?? load.seconds
    load.mix = try value(of: mix, arguments, expected: LoadMix.expected) { LoadMix(parsing: $0) } ?? load.mix
    return load
  }

  /// The value of an option of text; `nil` when it is not given.
  ///
  /// - Throws: `UsageError.invalidValue` when `read` does not accept the text.
  private static func value<Value>(
    of option: Option, _ arguments: Arguments, expected: String, read: (String) -> Value?
  ) throws(UsageError) -> Value? {
    guard let text = arguments.text(option.name) else { return nil }
    guard let value = read(text) else { throw .invalidValue(option: option.name, value: text, expected: expected) }
    return value
  }

  /// The options that do not apply to a workload. Concurrent readers and a writer are measured in one pass, not in
  /// rounds that take turns with another program; an index that grows while it is measured cannot be kept.
  private static func unsuited(to workload: Workload) -> [String] {
    let (ofIngest, ofLoad) = (ofIngest.map(\.name), ofLoad.map(\.name))
    let ofFinishedIndexes = ["--keep-index", "--open-index"]
    return switch workload {
    case .search: ofIngest + ofLoad + [rate.name, runbook.name, filter.name]
    case .filtered: ofIngest + ofLoad + [rate.name, runbook.name] + ofFinishedIndexes + ["--batch"]
    case .drift: ofIngest + ofLoad + [rate.name, runbook.name, filter.name] + ofFinishedIndexes
    case .runbook: ofIngest + ofLoad + [rate.name, filter.name] + ofFinishedIndexes
    case .load: ofIngest + [runbook.name, filter.name, "--threads", "--batch"]
    case .ingest:
      ofLoad + [runbook.name, filter.name] + ofFinishedIndexes
        + ["--runs", "--threads", "--batch", InterleavedRun.option.name]
    }
  }
}
