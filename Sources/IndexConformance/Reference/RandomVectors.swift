import VectorCore

/// The kinds of random vectors with which indexes are tested.
package enum RandomVectors: String, CaseIterable, Sendable {
  /// Every component uniform in [−1, 1).
  case uniform
  /// Clusters around a few centres, with noise that is approximately normal.
  case clustered
  /// Small integers, with every vector several times: distances are exact in Float32, and ties are common.
  case duplicateHeavy
  /// Components 0 or 1.
  case binary

  /// Makes `count` vectors, count × dimension.
  package func matrix(_ count: Int, dimension: Int, seed: UInt64) -> Matrix {
    var generator = SeededGenerator(seed: seed)
    switch self {
    case .uniform:
      return fill(count, dimension) { _, _ in Float(generator.nextUnit() * 2 - 1) }
    case .clustered:
      var layout = SeededGenerator(seed: 0xC1)
      let centres = (0..<12).map { _ in (0..<dimension).map { _ in Float(layout.nextUnit() * 8 - 4) } }
      let members = (0..<count).map { _ in generator.next(below: centres.count) }
      return fill(count, dimension) { row, column in
        let noise = (0..<4).reduce(0.0) { sum, _ in sum + generator.nextUnit() } - 2
        return centres[members[row]][column] + Float(noise)
      }
    case .duplicateHeavy:
      let distinct = fill(max(1, count / 4), dimension) { _, _ in Float(generator.next(below: 5)) - 2 }
      return distinct.gathering((0..<count).map { _ in generator.next(below: distinct.rows) })
    case .binary:
      return fill(count, dimension) { _, _ in Float(generator.next(below: 2)) }
    }
  }

  private func fill(_ count: Int, _ dimension: Int, _ component: (Int, Int) -> Float) -> Matrix {
    Matrix(rows: count, columns: dimension) { floats in
      for index in 0..<count * dimension {
        floats.initializeElement(at: index, to: component(index / dimension, index % dimension))
      }
    }
  }
}

extension Matrix {
  /// Row `row` as an array.
  package func array(_ row: Int) -> [Float] {
    Array(UnsafeBufferPointer(start: baseAddress + row * columns, count: columns))
  }
}
