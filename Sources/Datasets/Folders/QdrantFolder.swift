import Foundation
import VectorCore

/// qdrant's folder of filtered searches: `vectors.npy`; `payloads.jsonl` with an object for each vector; `tests.jsonl`
/// with `query`, `conditions`, `closest_ids` and `closest_scores` in each line.
///
/// Neighbours under conditions are those among the vectors that meet them, and not the nearest of all: they are no ground
/// truth of a search without a filter.
///
/// Source: `dataset_reader/ann_compound_reader.py`, https://github.com/qdrant/vector-db-benchmark.
struct QdrantFolder {
  static let names = ["payloads.jsonl", "tests.jsonl", "vectors.npy"]

  let path: String
  let names: [String]

  func open(
    name: String, metric fallback: Metric?, truth policy: StoredDataset.TruthPolicy
  ) throws(DatasetError) -> StoredDataset {
    guard let metric = fallback ?? MetricSpelling.metric(ofName: name) else {
      throw .unknownMetric(path: path)
    }
    guard names.contains("vectors.npy") else {
      throw .incompleteFolder(path: path, layout: "qdrant", missing: "vectors.npy")
    }
    let train = try TableFile.open("\(path)/vectors.npy", part: "train").table
    let tests = try Tests(JSONLines("\(path)/tests.jsonl"))
    var truth: StoredTruth?
    if policy == .optional, let (neighbors, depth) = tests.neighbors {
      let table = MemoryTable(neighbors, columns: depth, of: .int64, path: tests.path, part: "neighbors")
      truth = StoredTruth(neighbors: table, distances: nil, statesOwnDistances: false)
    }
    let payloads = names.contains("payloads.jsonl") ? try PayloadFile("\(path)/payloads.jsonl") : nil
    return try StoredDataset(
      name: name, path: path, metric: metric, train: train,
      test: MemoryTable(tests.queries, columns: tests.columns, of: .float32, path: tests.path, part: "test"),
      truth: truth, metadata: payloads, conditions: tests.conditions)
  }

  /// What the lines of `tests.jsonl` hold.
  private struct Tests {
    let path: String
    let columns: Int
    /// Row-major, q × d.
    private(set) var queries: [Float] = []
    /// Row-major, −1 where there are fewer than for another query; nil where a query has conditions, or none is stated.
    let neighbors: (ids: [Int64], depth: Int)?
    /// nil where no query has any.
    let conditions: QueryConditions?

    init(_ lines: JSONLines) throws(DatasetError) {
      path = lines.path
      guard lines.count > 0 else { throw .empty(path: path, part: "test") }
      var columns: Int?
      var lists: [[Int64]] = []
      var conditions: [FilterCondition?] = []
      var unreadable: DatasetError?
      for line in 0..<lines.count {
        let object = try lines.object(line)
        guard let query = object["query"] as? [NSNumber], !query.isEmpty else {
          throw lines.fault(line, "the member 'query' is no list of numbers")
        }
        guard query.count == columns ?? query.count else {
          throw lines.fault(line, "'query' has \(query.count) components, that of line 1 has \(columns ?? 0)")
        }
        columns = query.count
        queries += query.map(\.floatValue)
        let stated = object["conditions"] as? [String: Any] ?? [:]
        let condition = FilterCondition(qdrant: stated)
        // Searches without filters need no conditions.
        if condition == nil {
          unreadable =
            unreadable ?? lines.fault(line, "'conditions' has more than 'and' and 'or' of 'match' and 'range'")
        }
        conditions.append(condition)
        lists.append((object["closest_ids"] as? [NSNumber] ?? []).map(\.int64Value))
      }
      self.columns = columns ?? 0
      let hasConditions = conditions.contains { $0 != .and([]) }
      self.conditions = hasConditions ? QueryConditions(conditions.compactMap(\.self), unreadable: unreadable) : nil
      let depth = lists.map(\.count).max() ?? 0
      neighbors =
        hasConditions || depth == 0
        ? nil : (lists.flatMap { $0 + Array(repeating: -1, count: depth - $0.count) }, depth)
    }
  }
}
