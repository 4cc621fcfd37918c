import VectorCore

/// A loss that is put into the recorded rounds of one index, to see whether a gate notices it.
///
/// A loss of speed lengthens all recorded times. A loss of recall takes true neighbours away, each from another query
/// that a seed draws. Nothing is measured again.
public struct InjectedLoss: Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// The lost fraction of queries per second.
    case speed(Double)
    /// The lost recall, as a fraction.
    case recall(Double)
  }

  public let kind: Kind
  /// The name of the index in the sweep.
  let variant: String
  let seed: UInt64

  /// Changes a measurement and its raw rounds.
  ///
  /// - Complexity: O(rounds · q).
  func apply(to measurement: inout CellMeasurement, _ raw: inout RawRounds) {
    guard measurement.variant == variant else { return }
    switch kind {
    case .speed(let share): slow(&measurement, &raw, by: 1 / (1 - share))
    case .recall(let share): takeHits(&measurement, &raw, share)
    }
  }

  private func slow(_ measurement: inout CellMeasurement, _ raw: inout RawRounds, by factor: Double) {
    func longer(_ time: UInt64) -> UInt64 { UInt64((Double(time) * factor).rounded()) }
    raw.nanoseconds = raw.nanoseconds.map { $0.map(longer) }
    raw.wallNanoseconds = raw.wallNanoseconds.map(longer)
    measurement.speed.queriesPerSecond /= factor
    measurement.speed.p50Milliseconds *= factor
    measurement.speed.p95Milliseconds *= factor
    measurement.speed.p99Milliseconds *= factor
  }

  private func takeHits(_ measurement: inout CellMeasurement, _ raw: inout RawRounds, _ share: Double) {
    let judged = raw.recalls.indices.filter { raw.recalls[$0].isFinite }
    let hit = 1 / Double(raw.k)
    var rest = Int((share * Double(judged.count) / hit).rounded())
    var random = SeededGenerator(seed: seed)
    // Every query loses one true neighbour before any query loses a second one.
    while rest > 0 {
      var places = judged.filter { raw.recalls[$0] > hit - 1e-9 }
      if places.isEmpty { break }
      for number in 0..<min(rest, places.count) {
        places.swapAt(number, number + random.next(below: places.count - number))
        raw.recalls[places[number]] -= hit
      }
      rest -= min(rest, places.count)
    }
    if !judged.isEmpty { measurement.quality.recall = Dispersion.mean(judged.map { raw.recalls[$0] }) }
  }
}
