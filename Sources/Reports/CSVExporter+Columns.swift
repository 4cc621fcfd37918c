import Bench
import Foundation
import VectorIndexes

extension CSVExporter {
  /// All columns, in the order of the file.
  public static let columns: [Column] = annBenchmarksColumns + ownColumns + workloadColumns

  /// The columns of ann-benchmarks' export.
  private static let annBenchmarksColumns: [Column] = [
    Column("algorithm", "", "`recallbench-` and what the sweep calls the index: its kind, or a name of its own") {
      RawResultFile.algorithm(variant: $0.variant)
    },
    Column("parameters", "", "kind and all parameters: `ivf-flat(nlist=256, nprobe=4)`") { $0.cell.label },
    Column("count", "", "neighbours asked for, the same as `k`") { $0.options.k },
    Column("k-nn", "share", "recall: the mean share of k answers no farther than the true k-th + 1e-3") {
      $0.quality.recall
    },
    Column("epsilon", "share", "the same within 1 % of the true k-th distance") { $0.quality.epsilon },
    Column("largeepsilon", "share", "the same within 10 % of the true k-th distance") { $0.quality.largeEpsilon },
    Column("rel", "ratio", "sum of found distances ÷ sum of all stored true distances; empty where it has no meaning") {
      ratio($0.quality.relativeError)
    },
    Column("qps", "1/s", "queries per second of the median round") { $0.speed.queriesPerSecond },
    Column("p50", "ms", "median time of a query") { $0.speed.p50Milliseconds },
    Column("p95", "ms", "95th percentile of the time of a query") { $0.speed.p95Milliseconds },
    Column("p99", "ms", "99th percentile of the time of a query") { $0.speed.p99Milliseconds },
    Column("p999", "ms", "99.9th percentile of the time of a query") { $0.speed.p999Milliseconds },
    Column("distcomps", "", "distances to stored vectors computed a query, as the index counts them") {
      $0.speed.distanceComputations
    },
    Column("build", "s", "time to make, train and fill the index, without loading the dataset") { $0.build.seconds },
    Column("candidates", "", "neighbours returned a query") { $0.speed.candidates },
    Column("indexsize", "kB", "size of the index as it counts it itself, in units of 1024 bytes") {
      indexKilobytes($0)
    },
    Column("queriessize", "kB·s", "`indexsize` ÷ `qps`") { indexKilobytes($0) / $0.speed.queriesPerSecond },
    Column("dataset", "", "the dataset's name") { $0.dataset.name },
  ]

  /// What else there is to know of a row.
  private static let ownColumns: [Column] = [
    Column("k", "", "neighbours asked for") { $0.options.k },
    Column("index", "", "the index's kind") { $0.cell.kind },
    Column("build_parameters", "", "parameters of the build: `nlist=256 niter=16`") { $0.cell.build.text },
    Column("search_parameters", "", "parameters of the search: `nprobe=4`") { $0.cell.search.text },
    Column("recall_ids", "share", "the mean share of the true k ids that were found") { $0.quality.recallByIDs },
    Column("recall_p5", "share", "5th percentile over the queries of the share behind `k-nn`") {
      $0.quality.recallP5
    },
    Column("recall_min", "share", "the worst query's share") { $0.quality.recallMinimum },
    Column("rel_k", "ratio", "sum of found distances ÷ sum of the true k distances; 1 is perfect, empty as `rel`") {
      ratio($0.quality.relativeErrorAtK)
    },
    Column("duplicates", "", "ids returned again for the same query, all of them misses") { $0.quality.duplicates },
    Column("out_of_range", "", "returned ids that are no row of the dataset, all of them misses") {
      $0.quality.outOfRange
    },
    Column("qps_min", "1/s", "queries per second of the slowest round") { $0.speed.slowestQueriesPerSecond },
    Column("qps_max", "1/s", "queries per second of the fastest round") { $0.speed.fastestQueriesPerSecond },
    Column("rounds", "", "timed rounds over all queries") { $0.options.rounds },
    Column("queries", "", "queries a round") { $0.dataset.queries },
    Column("mode", "", "`single`: one query a call; `batch`: all in one call") { $0.options.mode.rawValue },
    Column("threads", "", "searching threads") { $0.options.threads },
    Column("build_threads", "", "threads that trained and inserted") { $0.options.buildThreads },
    Column("build_train", "s", "the part of `build` that made and trained the index") { $0.build.trainSeconds },
    Column("build_insert", "s", "the part of `build` that inserted the vectors") { $0.build.insertSeconds },
    Column("index_bytes", "bytes", "size of the index as it counts it itself") { $0.build.indexBytes },
    Column("rss_bytes", "bytes", "growth of the process's resident memory over the build; empty where unknown") {
      $0.build.residentBytes.map(String.init) ?? ""
    },
    Column("seed", "", "where all randomness of the index comes from") { $0.options.seed },
    Column("train_size", "", "stored vectors") { $0.dataset.trainSize },
    Column("dimension", "", "components of a vector") { $0.dataset.dimension },
    Column("metric", "", "how distances are defined") { $0.dataset.metric.rawValue },
    Column("version", "", "version of recallbench") { $0.provenance.version },
    Column("commit", "", "commit that the program was built from, `-dirty` with changed files; empty where unknown") {
      $0.provenance.commit
    },
    Column("swift", "", "version of the compiler") { $0.provenance.swift },
    Column("configuration", "", "`release`, or `debug`, whose figures mean nothing") { $0.provenance.configuration },
    Column("simd", "", "instruction set of the distance kernels") { $0.provenance.simd },
    Column("cpu", "", "the processor's model name") { $0.provenance.cpu },
    Column("system", "", "operating system") { $0.provenance.system },
    Column("timestamp", "UTC", "when the cell was finished, ISO 8601") { $0.timestamp.ISO8601Format() },
    Column("recall_low", "share", "lower end of the 95 % confidence interval of `k-nn`, over queries") {
      $0.uncertainty.recall.low
    },
    Column("recall_high", "share", "upper end of it") { $0.uncertainty.recall.high },
    Column("qps_low", "1/s", "lower end of the 95 % confidence interval of `qps`, over queries and rounds") {
      $0.uncertainty.queriesPerSecond.low
    },
    Column("qps_high", "1/s", "upper end of it") { $0.uncertainty.queriesPerSecond.high },
    Column("p99_low", "ms", "lower end of the 95 % confidence interval of `p99`, over queries and rounds") {
      $0.uncertainty.p99Milliseconds.low
    },
    Column("p99_high", "ms", "upper end of it") { $0.uncertainty.p99Milliseconds.high },
    Column("qps_mad", "1/s", "median absolute deviation of the rounds' queries per second") {
      $0.uncertainty.speedDeviation
    },
    Column("unstable", "", "queries that were not answered the same in all rounds") {
      $0.uncertainty.unstableQueries
    },
    Column("warmup_queries", "", "queries answered untimed before the rounds, all of them together") {
      $0.warmUp.queries
    },
    Column("warmup_seconds", "s", "how long that took") { $0.warmUp.seconds },
    Column("builds", "", "builds of the same cell from different seeds, this one included") {
      $0.buildVariance?.builds ?? 1
    },
    Column("recall_sd_builds", "share", "standard deviation of `k-nn` between these builds") {
      $0.buildVariance?.recallDeviation ?? 0
    },
    Column("qps_cv_builds", "", "standard deviation of `qps` between these builds ÷ mean, without the rounds' share") {
      $0.buildVariance?.speedVariationOfBuilds ?? 0
    },
    Column("qps_cv_rounds", "", "standard deviation of `qps` between the rounds of a build ÷ mean") {
      $0.buildVariance?.speedVariationOfRounds ?? 0
    },
    Column("peak_bytes", "bytes", "most memory of the measuring process, dataset included; empty where unknown") {
      $0.peakBytes.map(String.init) ?? ""
    },
    Column("noise", "", "what else the machine did meanwhile; empty where nothing was noticed") {
      $0.noise.map(\.description).joined(separator: "; ")
    },
    Column("disk_bytes", "bytes", "size of the index's file; 0 of an index in memory") { $0.build.file?.bytes ?? 0 },
    Column("store_commit", "s", "the part of `build` that made it durable in its file; empty of an index in memory") {
      $0.build.file.map { String($0.commitSeconds) } ?? ""
    },
    Column("store_open", "ms", "time to open that file for searching") {
      $0.build.file.map { String($0.openSeconds * 1e3) } ?? ""
    },
    Column("first_query", "ms", "time of the first query after that, with default search parameters") {
      $0.build.file.map { String($0.firstQuerySeconds * 1e3) } ?? ""
    },
    Column("page_cache", "", "`cold` where nothing of the file was in memory before it was opened, else `warm`") {
      $0.build.file.map { $0.isCold ? "cold" : "warm" } ?? ""
    },
    Column("dataset_sha256", "", "which bytes the dataset's file had") { $0.datasetSHA256 },
    Column("built_by", "", "commit and processor that built an index which was opened, with its figures of the build") {
      $0.build.builtBefore.map { "\($0.commit.isEmpty ? "unknown" : $0.commit), \($0.cpu)" } ?? ""
    },
    Column("disturbed", "", "what was ordered to go wrong by a test of recallbench itself; empty of honest rows") {
      $0.provenance.disturbances.joined(separator: ", ")
    },
    Column("unjudged", "", "queries without true neighbours, which no figure of quality counts") {
      $0.quality.unjudged
    },
    Column("trained_nlist", "", "clusters that training made of too few vectors for `nlist`; empty where it made all") {
      $0.build.trainedLists.map(String.init) ?? ""
    },
  ]

  /// What there is to know of a stage of a workload.
  private static let workloadColumns: [Column] = [
    Column("workload", "", "`search`, `drift` or `ingest`") { $0.options.stage?.workload ?? Workload.search.name },
    Column("stage", "", "`drift`: the step, from 1; `ingest`: the phase, of a written tenth its number; else empty") {
      $0.options.stage?.name ?? ""
    },
    Column("training", "", "`drift`: `first` (tenth only), `each` (step again), `itself`, or `none`; else empty") {
      if case .drift(_, let training) = $0.options.stage { training.rawValue } else { "" }
    },
    Column("readers", "", "threads that searched beside the writer") {
      ingest($0, \.readers)
    },
    Column("rate", "1/s", "vectors that were to be written a second; 0: as many as possible") { ingest($0, \.rate) },
    Column("write_batch", "", "vectors of a batch") { ingest($0, \.batchRows) },
    Column("base_rows", "", "vectors that were stored before any was written") { ingest($0) { $0.baseRows ?? 0 } },
    Column("searches", "", "searches that began in this phase") { count($0.workload?.searches?.count) },
    Column("judged", "", "how many of them the figures of quality are of") { count($0.workload?.searches?.judged) },
    Column("inserted", "", "vectors written in this phase; empty where none were") {
      count($0.workload?.writes?.vectors)
    },
    Column("insert_rate", "1/s", "vectors written a second") { figure($0.workload?.writes?.vectorsPerSecond) },
    Column("insert_p50", "ms", "median time from when a batch was due until all of it could be found") {
      figure($0.workload?.writes?.p50Milliseconds)
    },
    Column("insert_p99", "ms", "99th percentile of that time") { figure($0.workload?.writes?.p99Milliseconds) },
    Column("memtable_rows", "", "vectors in memtables at the end of the phase") { count($0.workload?.memtableRows) },
    Column("overflow_share", "share", "the part of these that is in the overflow; empty where there are none") {
      figure($0.workload?.overflowShare)
    },
    Column("freezes", "", "memtables that were frozen in this phase") { count($0.workload?.writes?.freezes) },
    Column("flushes", "", "how often the frozen ones were flushed") { count($0.workload?.writes?.flushes) },
    Column("index_figures", "", "`drift`: what the index says of itself: `depth=2.0 leaves=14.0`; else empty") {
      ($0.workload?.index ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    },
  ]

  private static func ingest(_ measurement: CellMeasurement, _ option: (IngestOptions) -> Int) -> any Field {
    if case .ingest(_, let options) = measurement.options.stage { option(options) } else { "" }
  }

  private static func count(_ value: Int?) -> any Field { value.map { $0 as any Field } ?? "" }

  private static func figure(_ value: Double?) -> any Field { value.map { $0 as any Field } ?? "" }

  /// Of sums that may be of nothing, too small or negative.
  private static func ratio(_ value: Double?) -> any Field { value.map { $0 as any Field } ?? "" }

  private static func indexKilobytes(_ measurement: CellMeasurement) -> Double {
    Double(measurement.build.indexBytes) / 1024
  }
}
