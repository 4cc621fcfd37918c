import VectorCore

extension IndexDeclaration {
  /// Refuses a dimension that is below 1 or too large to allocate, and a metric that this kind of index does not
  /// support.
  public func check(dimension: Int, metric: Metric) throws(IndexError) {
    let range = 1...1 << 20
    guard range.contains(dimension) else {
      throw .invalidParameter(
        name: "dimension", value: String(dimension), expected: ParameterDeclaration.Domain.integer(range).description)
    }
    guard metrics.contains(metric) else {
      throw .unsupportedMetric(kind: kind, metric: metric, supported: metrics)
    }
  }
}

extension Matrix {
  /// Refuses vectors of another dimension, and vectors with NaN or infinite components.
  public func check(dimension: Int, threads: Int = 1) throws(IndexError) {
    guard rows > 0 else { return }
    guard columns == dimension else { throw .dimensionMismatch(expected: dimension, got: columns) }
    let chunk = 1024
    var finite = [Bool](repeating: true, count: (rows + chunk - 1) / chunk)
    finite.withUnsafeMutableBufferPointer { finite in
      let finite = Disjoint(finite)
      parallelChunks(of: rows, chunk: chunk, threads: threads) { number, rows in
        finite[number] = rows.allSatisfy { largestMagnitude(self[row: $0]) < Float.infinity.bitPattern }
      }
    }
    guard let first = finite.firstIndex(of: false) else { return }
    for row in first * chunk..<rows { try checkFinite(self[row: row], row: row) }
  }
}

extension VectorIndex {
  /// Checks the query of one search, in this order: dimension, finite components, metric, filter, k.
  public func check(
    _ query: Span<Float>, k: Int, _ parameters: SearchParameters, _ filter: Filter?
  ) throws(IndexError) {
    guard query.count == dimension else { throw .dimensionMismatch(expected: dimension, got: query.count) }
    try checkFinite(query, row: 0)
    try check(k: k, parameters, filter)
  }

  /// Makes the same checks for all queries of a batch before the first query is answered.
  public func check(
    _ queries: Matrix, k: Int, _ parameters: SearchParameters, _ filter: Filter?
  ) throws(IndexError) {
    try queries.check(dimension: dimension)
    try check(k: k, parameters, filter)
    guard NeighborBatch.hasRoom(for: queries.rows, k: k) else {
      throw .invalidParameter(
        name: "k", value: String(k),
        expected: "at most \(NeighborBatch.mostNeighbors / queries.rows) for a batch of \(queries.rows) queries")
    }
  }

  private func check(k: Int, _ parameters: SearchParameters, _ filter: Filter?) throws(IndexError) {
    if let asked = parameters.metric, asked != metric { throw .metricMismatch(index: metric, asked: asked) }
    try filter?.validate()
    guard k >= 0 else { throw .invalidParameter(name: "k", value: String(k), expected: "an integer, at least 0") }
  }
}

/// Refuses NaN and infinite components. In both, all bits of the exponent are set.
private func checkFinite(_ vector: Span<Float>, row: Int) throws(IndexError) {
  guard largestMagnitude(vector) >= Float.infinity.bitPattern else { return }
  for component in vector.indices where !vector[component].isFinite {
    throw .notFinite(row: row, component: component, value: vector[component])
  }
}

/// The largest bit pattern of a component without its sign; at least that of infinity if one is infinite or NaN.
private func largestMagnitude(_ vector: Span<Float>) -> UInt32 {
  var largest: UInt32 = 0
  for component in vector.indices { largest = max(largest, vector[component].bitPattern & 0x7FFF_FFFF) }
  return largest
}
