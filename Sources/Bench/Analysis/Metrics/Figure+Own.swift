import Foundation
import VectorIndexes

extension Figure {
  /// The further figures of a cell in every workload.
  static let own: [Figure] = [
    .integer("k", "neighbours requested") { $0.options.k },
    .text("index", "the index's kind") { $0.cell.kind },
    buildParameters, searchParameters,
    .number("recall_ids", in: "share", better: .more, "the mean share of the true k ids that were found") {
      $0.quality.recallByIDs
    },
    .number("recall_p5", in: "share", better: .more, "5th percentile of the recall of single queries") {
      $0.quality.recallP5
    },
    worstRecall,
    .number(
      "rel_k", in: "ratio", better: .less,
      "sum of found distances ÷ sum of the true k distances; 1 is perfect, empty when undefined"
    ) { $0.quality.relativeErrorAtK },
    .integer("duplicates", better: .less, "ids returned again for the same query, all of them misses") {
      $0.quality.duplicates
    },
    .integer("out_of_range", better: .less, "returned ids that are no row of the dataset, all of them misses") {
      $0.quality.outOfRange
    },
    .number("qps_min", in: "1/s", better: .more, "queries per second of the slowest round") {
      $0.speed.slowestQueriesPerSecond
    },
    .number("qps_max", in: "1/s", better: .more, "queries per second of the fastest round") {
      $0.speed.fastestQueriesPerSecond
    },
    .integer("rounds", "timed rounds over all queries") { $0.options.rounds },
    .integer("queries", "queries in each round") { $0.dataset.queries },
    .text("mode", "`single`: one query a call; `batch`: all in one call") { $0.options.mode.rawValue },
    .integer("threads", "searching threads") { $0.options.threads },
    .integer("build_threads", "threads that trained and inserted") { $0.options.buildThreads },
    .number("build_train", in: "s", better: .less, "the part of `build` that created and trained the index") {
      $0.build.trainSeconds
    },
    .number("build_insert", in: "s", better: .less, "the part of `build` that inserted the vectors") {
      $0.build.insertSeconds
    },
    indexBytes, residentBytes,
    .seed("seed", "seed of all randomness in the index") { $0.options.seed },
    storedRows,
    .integer("dimension", "components of each vector") { $0.dataset.dimension },
    .text("metric", "metric of the distances") { $0.dataset.metric.rawValue },
    .text("version", "version of recallbench") { $0.provenance.version },
    .text("commit", "commit from which the program was built, `-dirty` with changed files; empty when unknown") {
      $0.provenance.commit
    },
    .text("swift", "version of the compiler") { $0.provenance.swift },
    .text("configuration", "`release`, or `debug`, whose figures mean nothing") { $0.provenance.configuration },
    .text("simd", "instruction set of the distance kernels") { $0.provenance.simd },
    .text("cpu", "the processor's model name") { $0.provenance.cpu },
    .text("system", "operating system") { $0.provenance.system },
    .text("timestamp", in: "UTC", "when the cell was finished, ISO 8601") { $0.timestamp.ISO8601Format() },
    .number(
      "recall_low", in: "share", better: .more, "lower end of the 95 % confidence interval of `k-nn`, over queries"
    ) {
      $0.uncertainty.recall.low
    },
    .number("recall_high", in: "share", better: .more, "upper end of it") { $0.uncertainty.recall.high },
    .number(
      "qps_low", in: "1/s", better: .more, "lower end of the 95 % confidence interval of `qps`, over queries and rounds"
    ) {
      $0.uncertainty.queriesPerSecond.low
    },
    .number("qps_high", in: "1/s", better: .more, "upper end of it") { $0.uncertainty.queriesPerSecond.high },
    .number(
      "p99_low", in: "ms", better: .less, "lower end of the 95 % confidence interval of `p99`, over queries and rounds"
    ) {
      $0.uncertainty.p99Milliseconds.low
    },
    .number("p99_high", in: "ms", better: .less, "upper end of it") { $0.uncertainty.p99Milliseconds.high },
    .number("qps_mad", in: "1/s", better: .less, "median absolute deviation of the rounds' queries per second") {
      $0.uncertainty.speedDeviation
    },
    .integer("unstable", better: .less, "queries whose answers differ between rounds") {
      $0.uncertainty.unstableQueries
    },
    .integer("warmup_queries", "queries answered untimed before the rounds, in total") {
      $0.warmUp.queries
    },
    .number("warmup_seconds", in: "s", "time that these queries took") { $0.warmUp.seconds },
    .integer("builds", "builds of the same cell from different seeds, including this one") {
      $0.buildVariance?.builds ?? 1
    },
    .number("recall_sd_builds", in: "share", better: .less, "standard deviation of `k-nn` between these builds") {
      $0.buildVariance?.recallDeviation ?? 0
    },
    .number(
      "qps_cv_builds", better: .less,
      "standard deviation of `qps` between these builds ÷ mean, without the part due to rounds"
    ) { $0.buildVariance?.speedVariationOfBuilds ?? 0 },
    .number("qps_cv_rounds", better: .less, "standard deviation of `qps` between the rounds of a build ÷ mean") {
      $0.buildVariance?.speedVariationOfRounds ?? 0
    },
    .integer(
      "peak_bytes", in: "bytes", better: .less,
      "peak memory of the measuring process, dataset included; empty when unknown"
    ) { $0.peakBytes },
    noise, diskBytes,
    .number(
      "store_commit", in: "s", better: .less,
      "the part of `build` that made the index durable in its file; empty for an index in memory"
    ) { $0.build.file?.commitSeconds },
    .number("store_open", in: "ms", better: .less, "time to open that file for searching") {
      ($0.build.file?.openSeconds).map { $0 * 1e3 }
    },
    .number(
      "first_query", in: "ms", better: .less, "time of the first query after opening, with default search parameters"
    ) {
      ($0.build.file?.firstQuerySeconds).map { $0 * 1e3 }
    },
    .text("page_cache", "`cold` when no part of the file was in memory before it was opened, else `warm`") {
      ($0.build.file?.isCold).map { $0 ? "cold" : "warm" }
    },
    .text("dataset_sha256", "SHA-256 of the dataset's file") { $0.datasetSHA256 },
    .text("built_by", "commit and processor that built an opened index, and its build figures") {
      $0.build.builtBefore.map { "\($0.commit.isEmpty ? "unknown" : $0.commit), \($0.cpu)" }
    },
    .text("disturbed", "faults that a test of recallbench injected; empty for real measurements") {
      $0.provenance.disturbances.joined(separator: ", ")
    },
    .integer("unjudged", "queries without true neighbours, which are left out of the figures of quality") {
      $0.quality.unjudged
    },
    .integer(
      "trained_nlist", "clusters created when there were too few vectors for `nlist`; empty when all were created"
    ) {
      $0.build.trainedLists
    },
    .text("interface", "`swift`; `plugin`: a shared library; `python`: a separate process with its own clock") {
      ($0.origin?.interface ?? .swift).rawValue
    },
    .text("library", "name and version of the index's library; empty for our own indexes") { $0.origin?.library },
    .text("library_details", "properties that the library reports, such as its instruction set") {
      $0.origin?.details.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
    },
    .number(
      "call_overhead", in: "ns", better: .less,
      "time of an empty call from Python, a lower bound of the overhead in each query's time; empty elsewhere"
    ) { $0.origin?.callOverheadNanoseconds },
    recallOfQuarter(1, "`k-nn` of the quarter of the queries with the lowest local intrinsic dimensionality"),
    recallOfQuarter(2, "the same of the second quarter"),
    recallOfQuarter(3, "the same of the third quarter"),
    recallOfQuarter(4, "the same of the quarter with the highest, the hardest queries"),
    .text("session", "a name that the cells of a run share whose rounds were interleaved; empty when unknown") {
      $0.session
    },
    .text("node", "the node of a cluster that measured; empty for a run without a cluster") {
      $0.provenance.node?.name ?? ""
    },
    .integer("run", "number of the run in the folder's ledger that measured the cell, see `history --runs`") { $0.run },
  ]

  private static func recallOfQuarter(_ number: Int, _ meaning: String) -> Figure {
    .number("recall_lid_q\(number)", in: "share", better: .more, meaning) { $0.quality.recallByDifficulty?[number - 1] }
  }

  public static let buildParameters = Figure.text(
    "build_parameters", "parameters of the build: `nlist=256 niter=16`"
  ) { $0.cell.build.words }

  public static let searchParameters = Figure.text("search_parameters", "parameters of the search: `nprobe=4`") {
    $0.cell.search.words
  }

  public static let worstRecall = Figure.number(
    "recall_min", in: "share", better: .more, "recall of the worst query", display: Display("worst", digits: 2)
  ) { $0.quality.recallMinimum }

  public static let indexBytes = Figure.integer(
    "index_bytes", in: "bytes", better: .less,
    "size of the index as it counts it itself; 0 when another library does not tell it",
    display: Display("MB", digits: 1, divisor: 1e6),
    comparing: Comparing(.size, member: "indexBytes", title: "bytes"), absentAs: 0
  ) { $0.origin != nil && $0.build.indexBytes == 0 ? nil : $0.build.indexBytes }

  public static let residentBytes = Figure.integer(
    "rss", column: "rss_bytes", in: "bytes", better: .less,
    "growth of the process's resident memory during the build; empty when unknown",
    comparing: Comparing(.size, member: "residentBytes", title: "rss", isOfBuild: true)
  ) { $0.build.residentBytes }

  public static let storedRows = Figure.integer("train_size", "stored vectors", display: Display("rows")) {
    $0.dataset.trainSize
  }

  public static let noise = Figure.text(
    "noise",
    "signs that other activity, threads of the index itself, or too few rounds affected the figures; empty when there were "
      + "none"
  ) {
    $0.noise.map(\.description).joined(separator: "; ")
  }

  public static let diskBytes = Figure.integer(
    "disk_bytes", in: "bytes", better: .less, "size of the index's file; 0 for an index in memory",
    comparing: Comparing(.size, member: "diskBytes", title: "disk"), absentAs: 0
  ) { $0.build.file?.bytes }
}

extension Parameters {
  /// All entries as text: `nlist=256 niter=16`.
  fileprivate var words: String { entries.map { "\($0.name)=\($0.value)" }.joined(separator: " ") }
}
