import Foundation

/// The filters that a dataset states for its queries.
///
/// They stand in a file of metadata with one row for each query, of which a search shall find the rows of `train` with
/// the same values (big-ann's filtered track), or in the conditions of qdrant's `tests.jsonl`.
public struct QueryConditions: Sendable {
  private enum Source: Sendable {
    case metadata(any MetadataSource)
    case stated([FilterCondition])
    case unreadable(DatasetError)
  }

  private let source: Source

  init(_ source: any MetadataSource) { self.source = .metadata(source) }

  /// The file that states the conditions; nil for conditions among the queries.
  var path: String? { if case .metadata(let metadata) = source { metadata.path } else { nil } }

  /// - Parameter unreadable: what is wrong with one of the conditions; it is thrown when they are read.
  init(_ conditions: [FilterCondition], unreadable: DatasetError? = nil) {
    source = unreadable.map { .unreadable($0) } ?? .stated(conditions)
  }

  /// The conditions of the first queries.
  ///
  /// - Throws: `DatasetError`, also for fewer conditions than queries, and for a condition of an unknown kind.
  /// - Complexity: O(values).
  public func read(queries: Int) throws(DatasetError) -> [FilterCondition] {
    switch source {
    case .stated(let conditions): return Array(conditions.prefix(queries))
    case .unreadable(let error): throw error
    case .metadata(let metadata):
      guard metadata.rows >= queries else {
        throw .rowCountMismatch(path: metadata.path, part: "query_metadata", rows: metadata.rows, queries: queries)
      }
      var parts = [[FilterCondition]](repeating: [], count: queries)
      for column in try metadata.columns() {
        let values = try metadata.values(of: column)
        for query in 0..<queries { parts[query] += values.conditions(on: column.name, row: query) }
      }
      return parts.map { $0.count == 1 ? $0[0] : .and($0) }
    }
  }
}

extension DatasetMetadata.Values {
  /// The conditions of which a row with the values of this row meets all.
  fileprivate func conditions(on column: String, row: Int) -> [FilterCondition] {
    func equal(_ text: String?, isQuoted: Bool = false) -> [FilterCondition] {
      text.map { [.comparison(column: column, .equal, FilterCondition.Value($0, isQuoted: isQuoted))] } ?? []
    }
    return switch self {
    case .integers(let values): equal(values[row].map(String.init))
    case .floats(let values): equal(values[row].map { "\($0)" })
    case .strings(let values): equal(values[row], isQuoted: true)
    case .tags(let sets):
      sets[row].map { tag in
        .comparison(column: column, .has, FilterCondition.Value(sets.names?[Int(tag)] ?? "\(tag)"))
      }
    }
  }
}

extension FilterCondition {
  /// The conditions of a query of qdrant's `tests.jsonl`: `{"and": [{"field": {"match": {"value": 1}}}]}`, or `or`, with
  /// `match` and `range`; `nil` for any other.
  ///
  /// Source: `engine/base_client/parser.py`, https://github.com/qdrant/vector-db-benchmark.
  init?(qdrant conditions: [String: Any]) {
    func parts(_ key: String) -> [FilterCondition]? {
      guard let list = conditions[key] else { return [] }
      guard let list = list as? [[String: Any]] else { return nil }
      var parts: [FilterCondition] = []
      for entry in list {
        for (field, criterion) in entry.sorted(by: { $0.key < $1.key }) {
          guard let part = FilterCondition(qdrant: criterion, of: field) else { return nil }
          parts.append(part)
        }
      }
      return parts
    }
    guard Set(conditions.keys).isSubset(of: ["and", "or"]), let all = parts("and"), let any = parts("or") else {
      return nil
    }
    let together = all + (any.isEmpty ? [] : [any.count == 1 ? any[0] : .or(any)])
    self = together.count == 1 ? together[0] : .and(together)
  }

  private init?(qdrant criterion: Any, of field: String) {
    guard let criterion = criterion as? [String: Any], criterion.count == 1 else { return nil }
    if let match = criterion["match"] as? [String: Any], let value = match["value"].flatMap(Value.init(json:)) {
      self = .comparison(column: field, .equal, value)
    } else if let range = criterion["range"] as? [String: Any] {
      let comparisons: [String: Comparison] = [
        "lt": .less, "lte": .lessOrEqual, "gt": .greater, "gte": .greaterOrEqual,
      ]
      var parts: [FilterCondition] = []
      for (name, limit) in range.sorted(by: { $0.key < $1.key }) where !(limit is NSNull) {
        guard let comparison = comparisons[name], let value = Value(json: limit) else { return nil }
        parts.append(.comparison(column: field, comparison, value))
      }
      self = parts.count == 1 ? parts[0] : .and(parts)
    } else {
      return nil
    }
  }
}

extension FilterCondition.Value {
  fileprivate init?(json: Any) {
    switch json {
    case let text as String: self.init(text, isQuoted: true)
    case let number as NSNumber:
      let isWhole = number.objCType.pointee != CChar(UInt8(ascii: "d"))
      self.init(isWhole ? "\(number.int64Value)" : "\(number.doubleValue)")
    default: return nil
    }
  }
}
