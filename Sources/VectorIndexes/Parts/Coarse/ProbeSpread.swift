import VectorCore

/// Chooses which lists to probe when they shall lie apart from each other too, not only near the query.
///
/// The nearest list is always taken. Then, again and again, the list that minimises (1 − λ)·relevance − λ·spread, where
/// relevance is its distance from the query and spread its least distance to a list already taken, each scaled to
/// [0, 1] over the lists to choose from; of equal ones the nearer. Memory is kept from search to search.
struct ProbeSpread: ~Copyable {
  /// Beside the candidates: the least distance to a list taken.
  private var spread: [Float] = []
  private var isTaken: [Bool] = []

  init() {}

  /// Takes `wanted` of the candidates, in their order.
  ///
  /// - Parameters:
  ///   - candidates: lists in order of their distance from the query, at least `wanted` ≥ 1 of them.
  ///   - diversity: λ in [0, 1].
  ///   - take: gets the rank of each that is taken.
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

  /// The part's share of the whole; 0 where the whole is nothing or not finite.
  private static func share(_ part: Float, of whole: Float) -> Double {
    whole > 0 && whole.isFinite ? Double(part) / Double(whole) : 0
  }
}
