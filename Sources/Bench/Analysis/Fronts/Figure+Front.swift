extension Figure {
  /// The front of the reported figures of some cells, as speeds.
  public func reportedFront(_ cells: some Sequence<CellMeasurement>) -> Front { Front(cells.map(point)) }

  /// The places of the cells on the front of their reported figures, by ascending recall.
  public func frontPlaces(_ cells: some Sequence<CellMeasurement>) -> [Int] { Front.places(cells.map(point)) }

  private func point(_ cell: CellMeasurement) -> Front.Point {
    Front.Point(recall: cell.quality.recall, queriesPerSecond: number(of: cell).map(speed) ?? .nan)
  }

  /// The reported figure of the front at a recall; `nil` when the front does not reach the recall.
  public func value(of front: Front, atRecall recall: Double) -> Double? {
    front.queriesPerSecond(atRecall: recall).map(value)
  }

  /// The figure as a speed: a time counts as its inverse, so that interpolation is linear in the logarithm of the time.
  func speed(_ value: Double) -> Double { better == .less && value > 0 ? 1 / value : value }

  private func value(_ speed: Double) -> Double { better == .less ? 1 / speed : speed }
}
