/// The figure of a history: of each cell, or of a front at a recall (`qps@recall=0.95`).
public struct HistoryMetric: Sendable, Equatable, CustomStringConvertible, Codable {
  public let figure: Figure
  /// The recall at which the front is read; `nil` for a figure of each cell.
  let recall: Double?

  /// The description of what `init(parsing:)` accepts.
  public static let expected =
    "\(Figure.compared.map(\.name).joined(separator: ", ")), or qps@recall=0.95 or p99@recall=0.95"

  /// Reads a metric as typed; `nil` for anything else.
  public init?(parsing text: String) {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard let figure = Figure.compared(named: String(parts[0])) else { return nil }
    self.figure = figure
    guard parts.count > 1 else {
      recall = nil
      return
    }
    guard parts.count == 2, Figure.ofFronts.contains(figure), parts[1].hasPrefix("recall="),
      let recall = Double(parts[1].dropFirst("recall=".count)), (0...1).contains(recall)
    else { return nil }
    self.recall = recall
  }

  public var description: String { figure.name + (recall.map { "@recall=\($0)" } ?? "") }

  /// Decodes a metric from its text.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let metric = HistoryMetric(parsing: text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is no metric of a history")
    }
    self = metric
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }

  /// Whether less is better.
  public var isBetterLower: Bool { figure.better != .more }

  /// The value of one cell, or of the front of several cells; `nil` when the front does not reach the recall.
  func value(of cells: [CellMeasurement]) -> Double? {
    guard let recall else { return cells.first.flatMap(figure.number) }
    return figure.value(of: figure.reportedFront(cells), atRecall: recall)
  }
}
