/// Adjusts the p-values of many tests by the procedure of Benjamini and Hochberg, which controls the false discovery
/// rate.
///
/// When nothing has changed, the probability of any alarm is at most the chosen level; when much has changed, at most
/// that fraction of the alarms is false in the long run. This holds for tests that are independent or positively
/// dependent. It is written here, because neither Foundation nor Swift Numerics has it. Source: Benjamini and Hochberg,
/// "Controlling the False Discovery Rate", 1995, doi:10.1111/j.2517-6161.1995.tb02031.x.
enum FalseDiscovery {
  /// The adjusted p-values, which are compared with the level, in the order of the given ones.
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
