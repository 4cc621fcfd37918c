/// The speeds and times of each round of a cell, in the form that comparisons use.
struct RoundSpeeds {
  /// The queries per second of each round.
  var queriesPerSecond: [Double]
  var p50Milliseconds: [Double]
  var p95Milliseconds: [Double]
  var p99Milliseconds: [Double]

  /// The cap on a query's time in `queriesPerSecond`, as a multiple of the query's median time over the rounds.
  ///
  /// When the system runs another program for a millisecond, that time does not belong to the index, and it is large
  /// compared with an answer in ten microseconds. The percentiles include it.
  static let cap = 2.0

  /// Computes the speeds from the times of all queries.
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

  /// Uses the figures of the ledger, when the raw results are missing.
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
