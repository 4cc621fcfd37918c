/// One entry of `only` or `except`: the values that some properties of a cell must have.
public struct CellFilter: Sendable, Equatable {
  /// Names beside an index's parameters that a filter may use.
  public static let properties = ["dataset", "k", "mode", "threads"]

  /// Each name with the values that match.
  private let conditions: [String: Set<String>]

  public init(_ conditions: [String: [String]]) {
    self.conditions = conditions.mapValues { Set($0) }
  }

  /// Whether the cell has one of the values for every name.
  func matches(_ cell: PlannedCell, dataset: SweepDataset) -> Bool {
    let parameters = cell.cell.build.entries + cell.cell.search.entries
    return conditions.allSatisfy { name, values in
      switch name {
      case "dataset": values.contains(dataset.argument) || values.contains(dataset.name)
      case "k": values.contains(String(cell.options.k))
      case "mode": values.contains(cell.options.mode.rawValue)
      case "threads": values.contains(String(cell.options.threads))
      default: parameters.contains { $0.name == name && values.contains($0.value.description) }
      }
    }
  }
}
