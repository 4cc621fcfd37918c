/// Looks for the fastest search settings of one build that reach a recall, by probes on some of the queries.
///
/// For each combination of the other parameters, the least value of the bisected one that reaches the recall is found.
/// Then these settings are measured together, and compared by speed.
struct SettingSearch {
  /// What a probe has shown.
  struct Probe: Sendable {
    /// The recall that is expected as the lower end of the interval over all queries.
    var bound: Double
    var queriesPerSecond: Double
  }

  /// Search settings that reach the recall.
  struct Found: Sendable {
    let settings: TuningSpace.Settings
    /// The position of the bisected parameter; `nil` when there is none.
    let position: Int?
    var queriesPerSecond = 0.0
  }

  struct Result: Sendable {
    /// The settings that reach the recall, the fastest first.
    var found: [Found] = []
    /// The highest recall of all probes, as `Probe.bound`.
    var highestBound = 0.0
    /// The settings of the probe with the highest recall.
    var nearest: Found?
  }

  /// The number of rounds in which the settings that reach the recall are compared.
  static let comparingRounds = 3

  let space: TuningSpace
  let recall: Double

  /// - Parameter probe: measures settings together in so many interleaved rounds; `nil` for one that failed.
  /// - Complexity: O(combinations · log positions) probes.
  func run(_ probe: (_ settings: [Found], _ rounds: Int) -> [Probe?]) -> Result {
    var result = Result()
    var outOfReach: [TuningSpace.Settings] = []
    func surplus(_ candidate: Found) -> Double? {
      guard let answer = probe([candidate], 1).first ?? nil else { return nil }
      if answer.bound > result.highestBound || result.nearest == nil {
        (result.highestBound, result.nearest) = (answer.bound, candidate)
      }
      return answer.bound - recall
    }
    var start = space.bisected?.start ?? 0
    search: for settings in space.searches {
      // With less of a parameter with which recall rises, a recall out of reach stays so.
      guard !outOfReach.contains(where: { space.reachesNoMore(settings, than: $0) }) else { continue }
      guard let ladder = space.bisected?.ladder else {
        let candidate = Found(settings: settings, position: nil)
        guard let surplus = surplus(candidate) else { break }
        if surplus >= 0 { result.found.append(candidate) } else { outOfReach.append(settings) }
        continue
      }
      // With more of a parameter with which recall rises, the recall was reached at this position at the earliest.
      let floor = result.found.filter { space.reachesNoMore(settings, than: $0.settings) }.compactMap(\.position).max()
      let outcome = ladder.least(from: floor ?? start, isFloor: floor != nil) {
        surplus(Found(settings: settings, position: $0))
      }
      switch outcome {
      case .found(let position):
        start = position
        result.found.append(Found(settings: settings, position: position))
      case .outOfReach: outOfReach.append(settings)
      case .stopped: break search
      }
    }
    guard !result.found.isEmpty else { return result }
    let answers = probe(result.found, Self.comparingRounds)
    for (place, answer) in answers.enumerated() {
      result.found[place].queriesPerSecond = answer?.queriesPerSecond ?? 0
    }
    result.found.sort { $0.queriesPerSecond > $1.queriesPerSecond }
    return result
  }
}
