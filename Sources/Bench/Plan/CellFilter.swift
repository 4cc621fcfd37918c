/// One entry of `only` or `except`: the accepted values for some properties of a cell.
public struct CellFilter: Sendable, Equatable {
  /// The names that a filter may use in addition to the index's parameters.
  public static let properties = ["dataset", "k", "mode", "threads"]

  /// Each name with its accepted values.
  private let conditions: [String: Set<String>]

  public init(_ conditions: [String: [String]]) {
    self.conditions = conditions.mapValues { Set($0) }
  }

  /// Whether the cell has one of the accepted values for every name.
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
