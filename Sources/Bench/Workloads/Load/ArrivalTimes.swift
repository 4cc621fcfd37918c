import VectorCore

extension LoadPoint {
  /// The kind of one request.
  enum Request: UInt8 {
    case search, insert, remove
  }

  /// The due times of the requests of a round, in nanoseconds after its beginning, ascending.
  ///
  /// A Poisson process of which the number of arrivals is known has its arrivals at independent, uniform times; so every
  /// seed asks for exactly the same rate. Source: Ross, "Introduction to Probability Models", theorem 5.2.
  ///
  /// - Complexity: O(n) for a fixed schedule, O(n log n) for random times.
  func dueTimes(seed: UInt64) -> [UInt64] {
    switch schedule {
    case .fixed: return (0..<requests).map { UInt64(Double($0) * 1e9 / Double(rate)) }
    case .poisson:
      var generator = SeededGenerator(seed: seed)
      return (0..<requests).map { _ in UInt64(generator.nextUnit() * seconds * 1e9) }.sorted()
    }
  }

  /// The kinds of the requests of a round, in random order; the shares are those of `mix`.
  ///
  /// - Complexity: O(n).
  func kinds(seed: UInt64) -> [Request] {
    guard let mix else { return Array(repeating: .search, count: requests) }
    var generator = SeededGenerator(seed: ~seed)
    return (0..<requests).map { _ in
      switch generator.next(below: 100) {
      case ..<mix.search: .search
      case ..<(mix.search + mix.insert): .insert
      default: .remove
      }
    }
  }
}
