import Datasets

/// The raw results from which, with the dataset, all figures of a cell are derived: the content of a raw result file.
public struct RawRounds: Sendable, Equatable {
  public var k: Int
  /// The nanoseconds of each query, one list per round. In batch mode each query has an equal share of the batch's
  /// time.
  public var nanoseconds: [[UInt64]]
  /// The nanoseconds from the first query to the last answer, one value per round.
  public var wallNanoseconds: [UInt64]
  /// The number of distances computed for all queries, one value per round.
  public var distanceComputations: [Int]
  /// The answers of the reported round: row numbers, row-major, q × k; −1 where missing, see `Round.rows`.
  public var rows: [Int32]
  /// The distances of these answers, computed by the harness; infinite for every id that is not valid.
  public var distances: [Float]
  /// The recall of each query, which follows from the answers and the dataset; NaN for a query that is not judged,
  /// empty when the recalls were not stored.
  public var recalls: [Double] = []
  /// Each query's local intrinsic dimensionality and relative contrast, see `QueryDifficulty`, which follow from the
  /// dataset; NaN where unknown, empty where they were not stored.
  public var dimensionalities: [Float] = []
  public var contrasts: [Float] = []

  public var queries: Int { nanoseconds[0].count }
}

extension RawRounds {
  /// The queries per second of each round.
  static func speeds(nanoseconds: [[UInt64]], wallNanoseconds: [UInt64], options: RunOptions) -> [Double] {
    zip(nanoseconds, wallNanoseconds).map { options.queriesPerSecond(nanoseconds: $0, wallNanoseconds: $1) }
  }

  /// The position of the round with the median speed; with an even number of rounds, the slower of the middle two.
  static func medianRound(_ speeds: [Double]) -> Int {
    speeds.indices.sorted { (speeds[$0], $0) < (speeds[$1], $1) }[(speeds.count - 1) / 2]
  }

  func speeds(_ options: RunOptions) -> [Double] {
    Self.speeds(nanoseconds: nanoseconds, wallNanoseconds: wallNanoseconds, options: options)
  }

  /// The percentiles of the reported round's times in milliseconds, such as those in `CellMeasurement.Speed`.
  ///
  /// - Complexity: O(rounds · q + q log q).
  public func reportedMilliseconds(atPercents percents: [Double], options: RunOptions) -> [Double] {
    let reported = Self.medianRound(speeds(options))
    let milliseconds = nanoseconds[reported].map { Double($0) / 1e6 }.sorted()
    return percents.map { percentile($0, ofSorted: milliseconds) }
  }
}

extension CellMeasurement {
  /// The figures that follow from raw rounds and the dataset alone; deriving them again gives the same bits.
  struct Figures {
    var speed: Speed
    var quality: Quality
    /// The recall of each query; NaN for a query that is not judged.
    var recalls: [Double]
    var difficulty: QueryDifficulty
    var recall: Interval
    var queriesPerSecond: Interval
    var p99Milliseconds: Interval
    var speedDeviation: Double
    var rounds: [(queriesPerSecond: Double, p99Milliseconds: Double, seconds: Double)]

    /// - Complexity: O(q·k + resamples · rounds · q).
    init(_ raw: RawRounds, options: RunOptions, dataset: Dataset) {
      let speeds = raw.speeds(options)
      let reported = RawRounds.medianRound(speeds)
      let answers = JudgedAnswers(
        rows: raw.rows, distances: raw.distances, k: raw.k, trainRows: dataset.train.rows)
      var recalls: [Double] = []
      quality = Quality(answers, of: dataset, recalls: &recalls)
      difficulty = QueryDifficulty(dataset)
      quality.recallByDifficulty = Quality.recallByDifficulty(recalls, difficulty.dimensionalities)
      self.recalls = recalls
      speed = Speed(raw, speeds: speeds, reported: reported)
      speedDeviation = Dispersion.medianAbsoluteDeviation(speeds)
      rounds = raw.nanoseconds.indices.map { round in
        let milliseconds = raw.nanoseconds[round].map { Double($0) / 1e6 }.sorted()
        return (
          speeds[round], percentile(99, ofSorted: milliseconds), Double(raw.wallNanoseconds[round]) / 1e9
        )
      }
      (recall, queriesPerSecond, p99Milliseconds) = Bootstrap.intervals(
        of: Bootstrap.Sample(
          nanoseconds: raw.nanoseconds, fixedSpeeds: options.speedIsOfQueries ? nil : speeds, recalls: recalls))
    }
  }

  /// The same measurement, in which all figures that follow from the raw rounds are derived again.
  public func rederived(from raw: RawRounds, dataset: Dataset) -> CellMeasurement {
    let figures = Figures(raw, options: options, dataset: dataset)
    var measurement = self
    measurement.speed = figures.speed
    measurement.quality = figures.quality
    measurement.uncertainty.recall = figures.recall
    measurement.uncertainty.queriesPerSecond = figures.queriesPerSecond
    measurement.uncertainty.p99Milliseconds = figures.p99Milliseconds
    measurement.uncertainty.speedDeviation = figures.speedDeviation
    for (place, round) in figures.rounds.enumerated() where place < rounds.count {
      measurement.rounds[place].queriesPerSecond = round.queriesPerSecond
      measurement.rounds[place].p99Milliseconds = round.p99Milliseconds
      measurement.rounds[place].seconds = round.seconds
    }
    return measurement
  }
}

extension CellMeasurement.Speed {
  /// The speed of the reported round, with the spread of all rounds.
  init(_ raw: RawRounds, speeds: [Double], reported: Int) {
    let milliseconds = raw.nanoseconds[reported].map { Double($0) / 1e6 }.sorted()
    let queries = Double(raw.queries)
    self.init(
      queriesPerSecond: speeds[reported], slowestQueriesPerSecond: speeds.min() ?? 0,
      fastestQueriesPerSecond: speeds.max() ?? 0,
      p50Milliseconds: percentile(50, ofSorted: milliseconds),
      p95Milliseconds: percentile(95, ofSorted: milliseconds),
      p99Milliseconds: percentile(99, ofSorted: milliseconds),
      p999Milliseconds: percentile(99.9, ofSorted: milliseconds),
      distanceComputations: Double(raw.distanceComputations[reported]) / queries,
      candidates: Double(raw.rows.count { $0 >= 0 }) / queries)
  }
}
