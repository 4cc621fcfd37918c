extension Figure {
  /// The figures that only the stages of a workload have.
  static let workloads: [Figure] = [
    .text("workload", "`search`, `filtered`, `drift`, `ingest`, `load` or `runbook`") {
      $0.options.stage?.workload ?? Workload.search.name
    },
    .text(
      "stage",
      "`filtered`: the filter; `drift`, `runbook`: the step, from 1; `ingest`: the phase, or the written tenth; "
        + "`load`: the rate; else empty"
    ) {
      $0.options.stage?.name
    },
    .text(
      "training", "`drift`, `runbook`: `first` (insertion only), `each` (step again), `itself`, or `none`; else empty"
    ) {
      $0.options.stage?.training?.rawValue
    },
    selectivity, matches,
    .integer("unmatched", "queries whose filter no row matches; they are not judged") {
      $0.workload?.filter?.unmatched
    },
    .integer("underfilled", "queries whose filter fewer than k rows match; recall counts over these rows") {
      $0.workload?.filter?.underfilled
    },
    .integer("readers", "threads that searched beside the writer") { ingest($0)?.readers },
    .integer(
      "rate", in: "1/s", "`ingest`: vectors to write a second, 0 for as many as possible; `load`: requests a second"
    ) {
      ingest($0)?.rate ?? load($0)?.rate
    },
    .integer("write_batch", "vectors in each batch") { ingest($0)?.batchRows },
    .integer("base_rows", "vectors stored before the first write") {
      ingest($0).map { $0.baseRows ?? 0 }
    },
    .integer("searches", "searches that began in this phase") { $0.workload?.searches?.count },
    .integer("judged", "searches from which the figures of quality are computed") { $0.workload?.searches?.judged },
    .integer("inserted", "vectors written in this phase; empty when none were") { $0.workload?.writes?.vectors },
    insertRate, insertP50, insertP99,
    .integer("memtable_rows", "vectors in memtables at the end of the phase") { $0.workload?.memtableRows },
    .number(
      "overflow_share", in: "share", better: .less,
      "share of these vectors in overflow areas; empty when there are none"
    ) {
      $0.workload?.overflowShare
    },
    .integer("freezes", "memtables that were frozen in this phase") { $0.workload?.writes?.freezes },
    flushes,
    .number(
      "rate_kept", in: "share", better: .more, "`load`: answered requests a second ÷ `rate`; `qps` has the rate itself"
    ) { measurement in load(measurement).map { measurement.speed.queriesPerSecond / Double($0.rate) } },
    .text("schedule", "`load`: `fixed` or `poisson`; else empty") { load($0)?.schedule.rawValue },
    .text("mix", "`load`: the shares of searches, insertions and removals; empty for searches alone") {
      load($0)?.mix?.description
    },
    .integer("requests", "`load`: requests in the reported round") { $0.workload?.load?.requests },
    .integer("unanswered", better: .less, "`load`: requests that still waited when the round was given up") {
      $0.workload?.load?.unanswered
    },
    .number("p9999", in: "ms", better: .less, "`load`: 99.99th percentile of the time from due time to answer") {
      $0.workload?.load?.p9999Milliseconds
    },
    .number("slowest", in: "ms", better: .less, "`load`: the longest of these times") {
      $0.workload?.load?.maximumMilliseconds
    },
    .integer("removed", "vectors removed; empty when none were") { $0.workload?.removals?.vectors },
    .number("remove_rate", in: "1/s", better: .more, "vectors removed a second") {
      $0.workload?.removals?.vectorsPerSecond
    },
    .text("index_figures", "`drift`, `runbook`: figures that the index reports: `depth=2.0 leaves=14.0`; else empty") {
      ($0.workload?.index ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    },
  ]

  public static let selectivity = Figure.number(
    "selectivity", in: "share", "`filtered`: mean share of the rows that match a query's filter; else empty",
    display: Display("selectivity", digits: 4)
  ) { measurement in measurement.workload?.filter.map { $0.matches / Double(measurement.dataset.trainSize) } }

  public static let matches = Figure.number(
    "matches", "`filtered`: mean number of rows that match a query's filter; else empty", display: Display("matches")
  ) { $0.workload?.filter?.matches }

  public static let insertRate = Figure.number(
    "insert_rate", in: "1/s", better: .more, "vectors written a second", display: Display("inserts/s"),
    comparing: Comparing(.time, member: "insertRate", title: "inserts/s")
  ) { $0.workload?.writes?.vectorsPerSecond }

  public static let insertP50 = Figure.number(
    "insert_p50", in: "ms", better: .less, "median time from a batch's due time until all of its vectors can be found",
    comparing: Comparing(.time, member: "insertP50Milliseconds", title: "write p50")
  ) { $0.workload?.writes?.p50Milliseconds }

  public static let insertP99 = Figure.number(
    "insert_p99", in: "ms", better: .less, "99th percentile of that time", display: Display("write p99 ms", digits: 3),
    comparing: Comparing(.time, member: "insertP99Milliseconds", title: "write p99")
  ) { $0.workload?.writes?.p99Milliseconds }

  public static let flushes = Figure.integer(
    "flushes", "times that frozen memtables were flushed", display: Display("flushes")
  ) { $0.workload?.writes?.flushes }

  private static func load(_ measurement: CellMeasurement) -> LoadPoint? {
    if case .load(let point) = measurement.options.stage { point } else { nil }
  }

  private static func ingest(_ measurement: CellMeasurement) -> IngestOptions? {
    if case .ingest(_, let options) = measurement.options.stage { options } else { nil }
  }
}
