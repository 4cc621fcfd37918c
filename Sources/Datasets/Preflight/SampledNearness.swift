import VectorCore

/// How near some rows, some queries, and rows of shuffled columns are to their nearest of a sample of rows.
///
/// Rows and queries that come from the same source are about equally near; random numbers are not nearer than their
/// shuffled columns, because no component says anything about another.
struct SampledNearness: Sendable, Equatable, Codable {
  private static let sampledRows = 512
  private static let probes = 64
  /// With fewer the medians say too little.
  static let fewestRows = 200
  static let fewestQueries = 10

  /// The median of the queries ÷ that of the rows.
  let queryRatio: Double
  /// Whether the median query is farther than 95 % of the rows, or nearer than 95 %.
  let isQueryUnlike: Bool
  /// The median of rows of shuffled columns ÷ that of the rows: 1 for independent components, above for data.
  let structure: Double

  /// Samples with a seed of its own.
  ///
  /// - Returns: `nil` for fewer rows and queries than that, and where distances are 0 or infinite.
  /// - Complexity: O(d), of some 100 000 distances.
  init?(_ dataset: Dataset) {
    let (train, metric) = (dataset.train, dataset.metric)
    let judged = (0..<dataset.test.rows).lazy.filter(dataset.hasDirection)
    guard train.rows >= Self.fewestRows, judged.prefix(Self.fewestQueries).count == Self.fewestQueries else {
      return nil
    }
    var random = SeededGenerator(seed: 0)
    let probeCount = min(Self.probes, train.rows / 4)
    let drawn = random.spread(min(Self.sampledRows + probeCount, train.rows), below: train.rows)
    // Every so many of them are probes, so that both come from all parts of the file.
    let step = drawn.count / probeCount
    let isProbe = { (place: Int) in place % step == 0 && place / step < probeCount }
    let probes = train.gathering(drawn.indices.filter(isProbe).map { drawn[$0] })
    let sample = train.gathering(drawn.indices.filter { !isProbe($0) }.map { drawn[$0] })
    let queries = dataset.test.gathering(
      random.spread(Self.probes, below: dataset.test.rows).filter(dataset.hasDirection))

    func nearest(_ vectors: Matrix, _ rows: Matrix) -> [Float] {
      let lengths = metric.sampledLengths(from: vectors, to: rows)
      // Equal rows are told by other checks.
      return (0..<vectors.rows).map { vector in
        lengths[vector * rows.rows..<(vector + 1) * rows.rows].reduce(.infinity) { $1 > 0 && $1 < $0 ? $1 : $0 }
      }.sorted()
    }
    let ofRows = nearest(probes, sample)
    let ofQueries = nearest(queries, sample)
    let ofShuffled = nearest(probes.shufflingColumns(&random), sample.shufflingColumns(&random))
    func place(_ share: Double, _ sorted: [Float]) -> Double {
      sorted.isEmpty ? .nan : Double(sorted[Int(Double(sorted.count - 1) * share)])
    }
    let (rows, query, shuffled) = (place(0.5, ofRows), place(0.5, ofQueries), place(0.5, ofShuffled))
    guard rows > 0, rows.isFinite, query.isFinite, shuffled.isFinite else { return nil }
    queryRatio = query / rows
    isQueryUnlike = query > place(0.95, ofRows) || query < place(0.05, ofRows)
    structure = shuffled / rows
  }
}

extension Matrix {
  /// The same numbers in each column, in another order in each: what one says about another is lost.
  fileprivate func shufflingColumns(_ random: inout SeededGenerator) -> Matrix {
    var order = Array(0..<rows)
    return Matrix(rows: rows, columns: columns) { floats in
      for column in 0..<columns {
        order.shuffle(using: &random)
        for row in 0..<rows { floats[row * columns + column] = self[row: order[row]][column] }
      }
    }
  }
}
