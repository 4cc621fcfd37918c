/// What a history is of: a figure of each cell, or of a front at a recall (`qps@recall=0.95`).
public struct HistoryMetric: Sendable, Equatable, CustomStringConvertible {
  let figure: GateMetric
  /// nil for each cell by itself.
  let recall: Double?

  /// What `init(parsing:)` takes.
  public static let expected =
    "\(GateMetric.allCases.map(\.rawValue).joined(separator: ", ")), or qps@recall=0.95 or p99@recall=0.95"

  /// Reads a metric as typed; nil for anything else.
  public init?(parsing text: String) {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard let figure = GateMetric(rawValue: String(parts[0])) else { return nil }
    self.figure = figure
    guard parts.count > 1 else {
      recall = nil
      return
    }
    guard parts.count == 2, [.qps, .p99].contains(figure), parts[1].hasPrefix("recall="),
      let recall = Double(parts[1].dropFirst("recall=".count)), (0...1).contains(recall)
    else { return nil }
    self.recall = recall
  }

  public var description: String { figure.rawValue + (recall.map { "@recall=\($0)" } ?? "") }

  /// Whether less is better.
  public var isBetterLower: Bool { !figure.isBetterHigher }

  /// What one cell, or the front of several, has; nil where the recall is not reached.
  func value(of cells: [CellMeasurement]) -> Double? {
    guard let recall else { return cells.first.flatMap(figure.value) }
    let front: FrontComparison.Figure = figure == .qps ? .queriesPerSecond : .p99Milliseconds
    return front.reportedFront(cells).queriesPerSecond(atRecall: recall).map(front.value)
  }
}
