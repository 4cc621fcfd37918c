/// What each round of a cell took, as comparisons see it.
struct RoundSpeeds {
  /// One a round.
  var queriesPerSecond: [Double]
  var p50Milliseconds: [Double]
  var p95Milliseconds: [Double]
  var p99Milliseconds: [Double]

  /// How many times its median over the rounds a query's time counts at most in `queriesPerSecond`.
  ///
  /// A millisecond in which the system ran another program is not the index's, and is much to one that answers in ten
  /// microseconds. It stays in the percentiles.
  static let cap = 2.0

  /// From the times of all queries.
  ///
  /// - Complexity: O(rounds · q · log(rounds · q)).
  init(_ raw: RawRounds, options: RunOptions) {
    if options.speedIsOfQueries, raw.nanoseconds.count > 2 {
      let caps = raw.medianNanoseconds.map { Self.cap * $0 }
      queriesPerSecond = raw.nanoseconds.map { times in
        let total = zip(times, caps).reduce(0) { $0 + min(Double($1.0), $1.1) }
        return total > 0 ? Double(times.count) * 1e9 / total : 0
      }
    } else {
      queriesPerSecond = raw.speeds(options)
    }
    let sorted = raw.nanoseconds.map { times in times.map { Double($0) / 1e6 }.sorted() }
    p50Milliseconds = sorted.map { percentile(50, ofSorted: $0) }
    p95Milliseconds = sorted.map { percentile(95, ofSorted: $0) }
    p99Milliseconds = sorted.map { percentile(99, ofSorted: $0) }
  }

  /// From what the ledger has, where the raw results are gone.
  init(_ measurement: CellMeasurement) {
    queriesPerSecond = measurement.rounds.map(\.queriesPerSecond)
    p50Milliseconds = [measurement.speed.p50Milliseconds]
    p95Milliseconds = [measurement.speed.p95Milliseconds]
    p99Milliseconds = measurement.rounds.map(\.p99Milliseconds)
  }
}

extension RawRounds {
  /// The median time of each query over the rounds.
  ///
  /// - Complexity: O(q · rounds · log rounds).
  var medianNanoseconds: [Double] {
    (0..<queries).map { query in Dispersion.median(nanoseconds.map { Double($0[query]) }) }
  }
}
