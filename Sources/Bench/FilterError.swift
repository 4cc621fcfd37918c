/// Why a filter cannot be asked of a dataset's metadata.
public enum FilterError: Error, Equatable, Sendable {
  /// The dataset has no metadata.
  case noMetadata(filter: String, path: String)
  /// The dataset states no filters for its queries.
  case noQueryFilters(path: String)
  /// The metadata have no such column.
  case unknownColumn(filter: String, path: String, column: String, columns: [String])
  /// The values of the column cannot be compared with the filter's value, or not in this way.
  case wrongType(filter: String, path: String, column: String, kind: String, value: String, expected: String)
  /// No query has a filter that any row matches.
  case nothingMatches(filter: String, path: String)
}

extension FilterError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noMetadata(let filter, let path):
      "\(path) has no metadata for the filter '\(filter)'; add a column or a file of metadata, or use a share like 1%"
    case .noQueryFilters(let path):
      "\(path) states no filters of its queries; use a share like 1%, or a condition on its columns"
    case .unknownColumn(let filter, let path, let column, let columns):
      "\(path) has no column '\(column)' for the filter '\(filter)'; it has \(columns.joined(separator: ", "))"
    case .wrongType(let filter, let path, let column, let kind, let value, let expected):
      "\(path): the column '\(column)' holds \(kind), but the filter '\(filter)' has \(value); write \(expected)"
    case .nothingMatches(let filter, let path):
      "\(path): no row matches the filter '\(filter)', so there is no answer to judge; widen it"
    }
  }
}
