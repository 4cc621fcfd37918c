import VectorIndexes

extension Figure {
  /// The columns of ann-benchmarks' export, in its order and units.
  static let annBenchmarks: [Figure] = [
    .text("algorithm", "`recallbench-` and the name of the index in the sweep: its kind, or its own name") {
      RawResultFile.algorithm(variant: $0.variant)
    },
    .text("parameters", "kind and all parameters: `ivf-flat(nlist=256, nprobe=4)`") { $0.cell.label },
    .integer("count", "neighbours requested, the same as `k`") { $0.options.k },
    recall,
    .number("epsilon", in: "share", better: .more, "the same within 1 % of the true k-th distance") {
      $0.quality.epsilon
    },
    .number("largeepsilon", in: "share", better: .more, "the same within 10 % of the true k-th distance") {
      $0.quality.largeEpsilon
    },
    .number(
      "rel", in: "ratio", better: .less,
      "sum of found distances ÷ sum of all stored true distances; empty when undefined"
    ) { $0.quality.relativeError },
    qps, p50, p95, p99,
    .number("p999", in: "ms", better: .less, "99.9th percentile of the time of a query") {
      $0.ofQuery(\.p999Milliseconds)
    },
    distanceComputations, build,
    .number("candidates", "neighbours returned for each query") { $0.speed.candidates },
    .number("indexsize", in: "kB", better: .less, "size that the index reports, in units of 1024 bytes") {
      kilobytes($0)
    },
    .number("queriessize", in: "kB·s", better: .less, "`indexsize` ÷ `qps`") {
      kilobytes($0) / $0.speed.queriesPerSecond
    },
    .text("dataset", "the dataset's name") { $0.dataset.name },
  ]

  public static let recall = Figure.number(
    "recall", column: "k-nn", in: "share", better: .more,
    "recall: the mean share of k answers no farther than the true k-th neighbour + 1e-3",
    display: Display("recall", digits: 4), comparing: Comparing(.share, member: "recall", title: "recall")
  ) { $0.quality.recall }

  public static let qps = Figure.number(
    "qps", in: "1/s", better: .more, "queries per second of the median round", display: Display("queries/s"),
    comparing: Comparing(.time, member: "queriesPerSecond", title: "qps", hasFront: true) { $0.queriesPerSecond }
  ) { $0.speed.queriesPerSecond }

  public static let p50 = Figure.number(
    "p50", in: "ms", better: .less, "median time of a query; empty in batch mode, in which no query is timed",
    display: Display("p50 ms", digits: 3),
    comparing: Comparing(.time, member: "p50Milliseconds", title: "p50") { $0.p50Milliseconds }
  ) { $0.ofQuery(\.p50Milliseconds) }

  public static let p95 = Figure.number(
    "p95", in: "ms", better: .less, "95th percentile of the time of a query",
    comparing: Comparing(.time, member: "p95Milliseconds", title: "p95") { $0.p95Milliseconds }
  ) { $0.ofQuery(\.p95Milliseconds) }

  public static let p99 = Figure.number(
    "p99", in: "ms", better: .less, "99th percentile of the time of a query", display: Display("p99 ms", digits: 3),
    comparing: Comparing(.time, member: "p99Milliseconds", title: "p99", hasFront: true) { $0.p99Milliseconds }
  ) { $0.ofQuery(\.p99Milliseconds) }

  public static let distanceComputations = Figure.number(
    "distcomps", better: .less, "distances computed to stored vectors for each query, as the index counts them",
    display: Display("distances")
  ) { $0.speed.distanceComputations }

  public static let build = Figure.number(
    "build", in: "s", better: .less, "time to create, train and fill the index, without loading the dataset",
    display: Display("build s", digits: 2),
    comparing: Comparing(.time, member: "buildSeconds", title: "build", isOfBuild: true)
  ) { $0.build.seconds }

  /// The figures that are percentiles of the times of single queries.
  static let timesOfQueries: Set<Figure> = [p50, p95, p99]

  private static func kilobytes(_ measurement: CellMeasurement) -> Double {
    Double(measurement.build.indexBytes) / 1024
  }
}

extension CellMeasurement {
  /// A percentile of the times of single queries; `nil` in batch mode, in which only the whole batch is timed.
  func ofQuery(_ percentile: KeyPath<Speed, Double>) -> Double? {
    options.mode == .batch ? nil : speed[keyPath: percentile]
  }
}
