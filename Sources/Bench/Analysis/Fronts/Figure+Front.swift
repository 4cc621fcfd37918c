extension Figure {
  /// The front of what was reported of some cells, in speeds.
  public func reportedFront(_ cells: some Sequence<CellMeasurement>) -> Front {
    Front(
      cells.map { cell in
        Front.Point(
          recall: cell.quality.recall, queriesPerSecond: number(of: cell).map(speed) ?? .nan)
      })
  }

  /// What the front of reported figures has at a recall; `nil` where it does not reach the recall.
  public func value(of front: Front, atRecall recall: Double) -> Double? {
    front.queriesPerSecond(atRecall: recall).map(value)
  }

  /// A front is of speeds: a time counts as its inverse, so that lines between times are straight in their logarithms.
  func speed(_ value: Double) -> Double { better == .less && value > 0 ? 1 / value : value }

  private func value(_ speed: Double) -> Double { better == .less ? 1 / speed : speed }
}
