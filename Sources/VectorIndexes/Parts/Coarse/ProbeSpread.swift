import VectorCore

/// Chooses lists to probe that are near the query and also far from each other.
///
/// The nearest list is always taken. Then the list that minimises (1 − λ)·relevance − λ·spread is taken, repeatedly.
/// The relevance of a list is its distance from the query, its spread is its least distance to a list already taken;
/// both are scaled to [0, 1] over the candidates. Of lists with equal values the nearer one is taken. Memory is kept
/// from search to search.
struct ProbeSpread: ~Copyable {
  /// For each candidate, its least distance to a list already taken.
  private var spread: [Float] = []
  private var isTaken: [Bool] = []

  init() {}

  /// Takes `wanted` of the candidates.
  ///
  /// - Parameters:
  ///   - candidates: at least `wanted` ≥ 1 lists, in order of their distance from the query.
  ///   - diversity: λ in [0, 1].
  ///   - take: receives the rank of each list taken.
  /// - Complexity: O(wanted·n·d) for n candidates.
  mutating func choose(
    _ wanted: Int, of candidates: borrowing TopK, diversity: Double, quantizer: CoarseQuantizer,
    take: (_ rank: Int) -> Void
  ) {
    let count = candidates.count
    spread.removeAll(keepingCapacity: true)
    spread.append(contentsOf: repeatElement(.infinity, count: count))
    isTaken.removeAll(keepingCapacity: true)
    isTaken.append(contentsOf: repeatElement(false, count: count))
    let nearest = candidates[0].distance
    let relevanceRange = candidates[count - 1].distance - nearest
    var latest = 0
    isTaken[0] = true
    for _ in 1..<max(wanted, 1) {
      var least = Float.infinity
      var greatest = -Float.infinity
      for rank in 0..<count where !isTaken[rank] {
        let distance = quantizer.distance(between: Int(candidates[latest].id), and: Int(candidates[rank].id))
        spread[rank] = min(spread[rank], distance)
        least = min(least, spread[rank])
        greatest = max(greatest, spread[rank])
      }
      var lowest = Double.infinity
      latest = -1
      for rank in 0..<count where !isTaken[rank] {
        let relevance = Self.share(candidates[rank].distance - nearest, of: relevanceRange)
        let cost = (1 - diversity) * relevance - diversity * Self.share(spread[rank] - least, of: greatest - least)
        if latest < 0 || cost < lowest { (latest, lowest) = (rank, cost) }
      }
      isTaken[latest] = true
    }
    for rank in 0..<count where isTaken[rank] { take(rank) }
  }

  /// `part` ÷ `whole`; 0 if `whole` is 0 or not finite.
  private static func share(_ part: Float, of whole: Float) -> Double {
    whole > 0 && whole.isFinite ? Double(part) / Double(whole) : 0
  }
}
