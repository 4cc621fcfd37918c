import Bench
import Foundation

/// The cells of a comparison by what became of them: worse, better or unchanged, by their 95 % intervals.
struct ComparisonChanges {
  /// The figures that decide, besides recall: the speed of searches, and the size of the index.
  static let figures: [Figure] = [.qps, .indexBytes]

  /// The worse cells, the worst first.
  let worse: [CellComparison]
  /// The better cells, those that gained most first.
  let better: [CellComparison]
  let unchanged: [CellComparison]
  private let text: ComparisonText

  /// The share by which a figure without an interval must change.
  private static let leastShare = 0.01
  /// A point of recall counts as much as this share of speed.
  private static let sharePerPoint = 0.1

  init(_ comparison: Comparison) {
    text = ComparisonText(comparison)
    let losses = comparison.cells.map { (cell: $0, loss: Self.loss($0)) }
    worse = losses.filter { $0.loss > 0 }.sorted { $0.loss > $1.loss }.map(\.cell)
    better = losses.filter { $0.loss < 0 }.sorted { $0.loss < $1.loss }.map(\.cell)
    unchanged = losses.filter { $0.loss == 0 }.map(\.cell)
  }

  /// All cells, the worst first.
  var sorted: [CellComparison] { worse + unchanged + better.reversed() }

  /// The greatest loss of a cell as a logarithm of a ratio; when it has none, its greatest gain, negative; 0 when it is
  /// unchanged.
  private static func loss(_ cell: CellComparison) -> Double {
    var losses = figures.compactMap { figure -> Double? in
      guard let quotient = cell.quotients[figure], isChanged(quotient) else { return nil }
      return (figure.better == .more ? -1 : 1) * log(quotient.ratio)
    }
    if let recall = cell.recall, isChanged(recall) { losses.append(-100 * recall.difference * sharePerPoint) }
    let loss = losses.max() ?? 0
    return loss > 0 ? loss : losses.min() ?? 0
  }

  /// Whether 1 is outside of the interval.
  static func isChanged(_ quotient: Quotient) -> Bool {
    guard let interval = quotient.interval else { return abs(log(quotient.ratio)) > leastShare }
    return interval.low > 1 || interval.high < 1
  }

  /// Whether 0 is outside of the interval.
  static func isChanged(_ recall: RecallDifference) -> Bool {
    guard let interval = recall.interval else { return abs(recall.difference) > leastShare }
    return interval.low > 0 || interval.high < 0
  }

  /// The verdict in a line: `worse: 3 of 40 cells, most pq4(nprobe=8): qps 0.750 [0.741, 0.760]; better: none`.
  var verdict: String {
    let count = worse.count + better.count + unchanged.count
    guard count > 0 else { return "no cell was measured in both" }
    guard !worse.isEmpty || !better.isEmpty else { return "no change in \(NumberText.count(count, "cell"))" }
    let parts = [("worse", worse), ("better", better)].map { word, cells in
      guard let first = cells.first else { return "\(word): none" }
      return
        "\(word): \(cells.count) of \(NumberText.count(count, "cell")), most \(text.name(first)): \(Self.changes(first))"
    }
    return parts.joined(separator: "; ")
  }

  /// What changed in a cell: `recall -0.52 [-0.61, -0.43] points, qps 0.750 [0.741, 0.760]`.
  static func changes(_ cell: CellComparison) -> String {
    var parts: [String] = []
    if let recall = cell.recall, isChanged(recall) { parts.append("recall \(ComparisonText.points(recall)) points") }
    for figure in figures {
      guard let quotient = cell.quotients[figure], isChanged(quotient) else { continue }
      parts.append("\(figure.ratioTitle) \(ComparisonText.ratio(quotient))")
    }
    return parts.joined(separator: ", ")
  }
}
