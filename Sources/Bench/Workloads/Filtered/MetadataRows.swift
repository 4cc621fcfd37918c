import Datasets
import VectorSearch

/// The columns of a dataset's metadata that conditions name, and the filters that these conditions become.
///
/// A set of tags becomes one field of the value `true` for each tag that a condition asks for: `tags has 5`.
struct MetadataRows {
  private let source: DatasetMetadata
  /// The number of rows to use, from the first one on.
  private let rows: Int
  private let columns: [String: DatasetMetadata.Column]
  private let names: [String]
  /// The values of the columns that have been asked for.
  private var values: [String: DatasetMetadata.Values] = [:]
  /// The fields of the rows: a column, or a tag of a column.
  private var fields: [String: Field] = [:]

  private enum Field {
    case column(String)
    case tag(column: String, Int32)
  }

  /// - Throws: `DatasetError`.
  init(_ source: DatasetMetadata, rows: Int) throws(DatasetError) {
    self.source = source
    self.rows = rows
    let columns = try source.columns()
    names = columns.map(\.name)
    self.columns = Dictionary(columns.map { ($0.name, $0) }) { first, _ in first }
  }

  /// The metadata of a row, with the fields of all filters so far.
  func metadata(of row: Int) -> Metadata {
    fields.reduce(into: Metadata()) { metadata, field in
      metadata[field.key] = value(of: field.value, row: row)
    }
  }

  private func value(of field: Field, row: Int) -> MetadataValue? {
    switch field {
    case .column(let name):
      switch values[name] {
      case .integers(let values): values[row].map { .integer($0) }
      case .floats(let values): values[row].map { .real($0) }
      case .strings(let values): values[row].map { .text($0) }
      case .tags, nil: nil
      }
    case .tag(let column, let tag):
      if case .tags(let sets) = values[column], sets[row].contains(tag) { .boolean(true) } else { nil }
    }
  }

  /// The filter that a condition becomes with the types of the columns.
  ///
  /// - Throws: `FilterError`; `DatasetError` for a column that cannot be read.
  mutating func filter(_ condition: FilterCondition) throws -> Filter {
    try filter(condition, of: condition.description)
  }

  private mutating func filter(_ condition: FilterCondition, of text: String) throws -> Filter {
    switch condition {
    case .and(let parts): return .and(try parts.map { try filter($0, of: text) })
    case .or(let parts): return .or(try parts.map { try filter($0, of: text) })
    case .not(let part): return .not(try filter(part, of: text))
    case .isIn(let name, let values):
      let column = try column(name, of: text)
      guard column.kind != .tags else {
        return .or(try values.map { try has($0, column, of: text) })
      }
      return .isIn(name, try values.map { try value($0, of: column, in: text) })
    case .comparison(let name, let comparison, let operand):
      let column = try column(name, of: text)
      if comparison == .has || comparison == .equal && column.kind == .tags {
        return try has(operand, column, of: text)
      }
      guard column.kind != .tags else {
        throw FilterError.wrongType(
          filter: text, path: source.path, column: name, kind: "sets of tags", value: "'\(comparison.rawValue)'",
          expected: "\(name) has \(operand)")
      }
      let value = try value(operand, of: column, in: text)
      return switch comparison {
      case .equal: .equal(name, value)
      case .notEqual: .notEqual(name, value)
      case .less: .less(name, value)
      case .lessOrEqual: .lessOrEqual(name, value)
      case .greater: .greater(name, value)
      case .greaterOrEqual, .has: .greaterOrEqual(name, value)
      }
    }
  }

  private mutating func column(_ name: String, of text: String) throws -> DatasetMetadata.Column {
    guard let column = columns[name] else {
      throw FilterError.unknownColumn(filter: text, path: source.path, column: name, columns: names)
    }
    if values[name] == nil { values[name] = try source.values(of: name) }
    if column.kind != .tags { fields[name] = .column(name) }
    return column
  }

  /// The value in the type of the column.
  private func value(
    _ value: FilterCondition.Value, of column: DatasetMetadata.Column, in text: String
  ) throws(FilterError) -> MetadataValue {
    let truth: [String: Int64] = ["true": 1, "false": 0]
    switch column.kind {
    case .integers:
      if !value.isQuoted, let number = Int64(value.text) ?? truth[value.text] { return .integer(number) }
    case .floats:
      if !value.isQuoted, let number = Double(value.text), number.isFinite { return .real(number) }
    case .strings, .tags: return .text(value.text)
    }
    throw .wrongType(
      filter: text, path: source.path, column: column.name, kind: column.kind.rawValue, value: "'\(value.text)'",
      expected: column.kind == .integers ? "a whole number" : "a number")
  }

  /// The filter for rows that have a tag; no row has a tag that is unknown.
  private mutating func has(
    _ value: FilterCondition.Value, _ column: DatasetMetadata.Column, of text: String
  ) throws(FilterError) -> Filter {
    guard column.kind == .tags, case .tags(let sets) = values[column.name] else {
      throw .wrongType(
        filter: text, path: source.path, column: column.name, kind: column.kind.rawValue, value: "'has'",
        expected: "\(column.name) = \(value)")
    }
    let field = "\(column.name) has \(value.text)"
    let number = sets.names.map { $0.firstIndex(of: value.text).map { Int32($0) } } ?? Int32(value.text)
    if let number { fields[field] = .tag(column: column.name, number) }
    return .equal(field, .boolean(true))
  }
}
