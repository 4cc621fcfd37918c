/// The random generator SplitMix64, the only source of randomness: the same seed repeats a run on any machine.
///
/// Written here because Swift's standard library has no seeded generator. Source: Steele, Lea and Flood, "Fast
/// splittable pseudorandom number generators", OOPSLA 2014, doi:10.1145/2660193.2660195.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A uniformly distributed number below `bound` (Lemire's method).
  public mutating func next(below bound: Int) -> Int {
    Int(next(upperBound: UInt64(bound)))
  }

  /// A uniformly distributed number in [0, 1) with 53 random bits.
  public mutating func nextUnit() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// `count` different random numbers below `bound`, by a partial Fisher–Yates shuffle. - Complexity: O(bound).
  public mutating func sample(_ count: Int, below bound: Int) -> [Int] {
    precondition(count <= bound, "a sample of \(count) from \(bound)")
    var order = Array(0..<bound)
    for index in 0..<count {
      order.swapAt(index, index + next(below: bound - index))
    }
    return Array(order[..<count])
  }
}
