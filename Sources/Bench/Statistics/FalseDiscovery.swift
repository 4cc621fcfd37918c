/// Many tests at once: how sure one of them is, given that all were made.
///
/// Where nothing has changed, the chance of any alarm is at most the chosen level; where much has, no more than that
/// share of the alarms is false in the long run. It holds for tests that are independent or rise and fall together.
/// Source: Benjamini and Hochberg, "Controlling the False Discovery Rate", 1995,
/// doi:10.1111/j.2517-6161.1995.tb02031.x.
enum FalseDiscovery {
  /// The p-values to hold against the level, in the order of those given.
  static func adjusted(_ pValues: [Double]) -> [Double] {
    var adjusted = pValues
    var least = 1.0
    let descending = pValues.indices.sorted { pValues[$0] > pValues[$1] }
    for (place, index) in descending.enumerated() {
      least = min(least, pValues[index] * Double(pValues.count) / Double(pValues.count - place))
      adjusted[index] = least
    }
    return adjusted
  }
}
