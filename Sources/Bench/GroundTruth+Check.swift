import Datasets
import VectorCore

extension GroundTruth {
  /// Holds the stated neighbours of some queries against the definition of the distance, in Float64 over all rows.
  ///
  /// Stated distances must be those of their rows, ascend with equal ones in order of rows, and no other row may be
  /// nearer than the last; all within what rounding to Float32 explains.
  ///
  /// - Throws: `BenchError.groundTruthDiffers`, for the first such query.
  /// - Complexity: O(queries·n·d).
  func check(_ queries: [Int], of dataset: Dataset, threads: Int) throws(BenchError) {
    var problems = [String?](repeating: nil, count: queries.count)
    problems.withUnsafeMutableBufferPointer { problems in
      let problems = Disjoint(problems)
      parallelChunks(of: queries.count, chunk: 1, threads: threads) { number, _ in
        problems[number] = problem(of: queries[number], in: dataset)
      }
    }
    for (query, problem) in zip(queries, problems) {
      if let problem { throw .groundTruthDiffers(name: dataset.name, query: query, problem: problem) }
    }
  }

  /// What is wrong with the neighbours stated for a query; nil when nothing is.
  private func problem(of query: Int, in dataset: Dataset) -> String? {
    let metric = dataset.metric
    let vector = dataset.test[row: query]
    let places = query * depth..<(query + 1) * depth
    let rows = neighbors[places].filter { $0 >= 0 }.map { Int($0) }
    let isZero = vector.indices.allSatisfy { vector[$0] == 0 }
    guard rows.count == (metric == .angular && isZero ? 0 : depth) else {
      return "\(rows.count) of \(depth) neighbours were found"
    }
    guard Set(rows).count == rows.count else { return "a row is stated twice" }
    var last = -Double.infinity
    var slack = 0.0
    for (place, row) in zip(places, rows) {
      let other = dataset.train[row: row]
      let exact = metric.referenceDistance(vector, other)
      slack = metric.roundingError(vector, other, distance: exact)
      guard abs(Double(distances[place]) - exact) <= slack else {
        return "row \(row) is stated at distance \(distances[place]), but is at \(exact)"
      }
      if place > places.lowerBound {
        let before = (distance: distances[place - 1], row: neighbors[place - 1])
        guard (before.distance, before.row) < (distances[place], Int64(row)) else {
          return "row \(row) is stated behind row \(before.row)"
        }
      }
      last = max(last, exact)
    }
    let stated = Set(rows)
    for row in 0..<dataset.train.rows where !rows.isEmpty && !stated.contains(row) {
      let other = dataset.train[row: row]
      let exact = metric.referenceDistance(vector, other)
      guard exact < last else { continue }
      guard exact + metric.roundingError(vector, other, distance: exact) + slack >= last else {
        return "row \(row) is at distance \(exact), nearer than the last stated one at \(last)"
      }
    }
    return nil
  }
}

extension Metric {
  /// By how much a distance computed in Float32 may be off at most: d roundings of half a unit in the last place of
  /// what is added up, and some for what is done to the sum (Higham, "Accuracy and Stability of Numerical Algorithms",
  /// 2002, doi:10.1137/1.9780898718027, section 4.2).
  fileprivate func roundingError(_ a: Span<Float>, _ b: Span<Float>, distance: Double) -> Double {
    let roundings = Double(a.count + 8) * 0x1p-24
    switch self {
    case .euclidean, .manhattan, .hamming: return roundings * distance
    // Of unit vectors; both norms are rounded sums of their own.
    case .angular: return 3 * roundings
    case .dot:
      var magnitudes = 0.0
      for index in a.indices { magnitudes += abs(Double(a[index]) * Double(b[index])) }
      return roundings * magnitudes
    }
  }
}
