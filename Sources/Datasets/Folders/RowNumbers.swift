import Synchronization
import VectorCore

/// Which row has which id, where a column `id` says; read when it is asked for first.
final class RowNumbers: Sendable {
  static let column = "id"

  private enum Ids {
    /// Each row's id is its number.
    case numbers
    case others([Int64: Int])
  }

  private let metadata: ArrowMetadata
  private let known = Mutex<Ids?>(nil)

  init(_ metadata: ArrowMetadata) { self.metadata = metadata }

  /// A table of ids with row numbers in their place; −1 stays.
  func named(by ids: any StoredTable) -> any StoredTable {
    MemoryTable(path: ids.path, part: ids.part, rows: ids.rows, columns: ids.columns, elementType: .int64) {
      (range) throws(DatasetError) in
      guard !ids.elementType.isFloat else {
        throw .notIntegers(path: ids.path, part: ids.part, type: ids.elementType.rawValue)
      }
      let numbers = ids.elementType.integers(try ids.bytes(rows: range))
      return try self.rows(of: numbers, path: ids.path).map { Int64($0) }.withUnsafeBytes { Array($0) }
    }
  }

  /// The rows that have some ids.
  ///
  /// - Throws: `DatasetError.table` for an id that no row has, or two rows.
  func rows(of ids: [Int64], path: String) throws(DatasetError) -> [Int] {
    switch try allIds() {
    case .numbers: return ids.map { Int($0) }
    case .others(let rows):
      var found: [Int] = []
      found.reserveCapacity(ids.count)
      for id in ids {
        guard id != -1 else {
          found.append(-1)
          continue
        }
        guard let row = rows[id] else { throw .table(path: path, .unknownID(id, path: metadata.path)) }
        found.append(row)
      }
      return found
    }
  }

  private func allIds() throws(DatasetError) -> Ids {
    if let ids = known.withLock({ $0 }) { return ids }
    var ids = Ids.numbers
    if let column = metadata.columns().first(where: { $0.name == Self.column }),
      case .integers(let values) = try metadata.values(of: column),
      zip(values, 0...).contains(where: { $0 != Int64($1) })
    {
      var rows: [Int64: Int] = [:]
      rows.reserveCapacity(values.count)
      for (row, id) in values.enumerated() {
        guard let id else { throw .table(path: metadata.path, .null(column: Self.column, row: row)) }
        guard rows.updateValue(row, forKey: id) == nil else {
          throw .table(path: metadata.path, .repeatedID(id, row: row))
        }
      }
      ids = .others(rows)
    }
    known.withLock { $0 = ids }
    return ids
  }
}
