import VectorCore

extension SeededGenerator {
  /// `count` different numbers below `bound`, ascending, one from each of as many equal ranges; all of them where
  /// there are no more.
  ///
  /// Unlike `sample` it needs no memory for the others. - Complexity: O(count).
  mutating func spread(_ count: Int, below bound: Int) -> [Int] {
    guard count < bound else { return Array(0..<bound) }
    return (0..<count).map { part in
      let range = part * bound / count..<(part + 1) * bound / count
      return range.lowerBound + next(below: range.count)
    }
  }
}
