import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite struct QueryConditionsTests {
  private let folder: TemporaryFolder

  init() throws { folder = TemporaryFolder() }

  /// A matrix in the layout of `.spmat`, whose rows have elements in these columns.
  private func spmat(_ rows: [[Int32]], columns: Int64) -> Data {
    var data = Data()
    func append<Number: FixedWidthInteger>(_ number: Number) {
      withUnsafeBytes(of: number.littleEndian) { data.append(contentsOf: $0) }
    }
    let count = rows.reduce(0) { $0 + $1.count }
    for number in [Int64(rows.count), columns, Int64(count)] { append(number) }
    var start: Int64 = 0
    append(start)
    for row in rows {
      start += Int64(row.count)
      append(start)
    }
    for column in rows.joined() { append(column) }
    for _ in 0..<count { append(Float(1).bitPattern) }
    return data
  }

  @Test func tagsOfQueriesAreAllWanted() throws {
    let name = "\(folder.path)/set"
    var vectors = Data()
    for number in [UInt32(3), 2] { withUnsafeBytes(of: number) { vectors.append(contentsOf: $0) } }
    for number in [Float](repeating: 1, count: 6) { withUnsafeBytes(of: number) { vectors.append(contentsOf: $0) } }
    try vectors.write(to: URL(filePath: "\(name).fbin"))
    try spmat([[4], [1, 2], []], columns: 9).write(to: URL(filePath: "\(name)-base.spmat"))
    try spmat([[4], [1, 2], []], columns: 9).write(to: URL(filePath: "\(name)-query.spmat"))
    func write(_ metadata: String) throws {
      try "distance: euclidean\ntrain: set.fbin\ntest: set.fbin\n\(metadata)"
        .write(toFile: "\(name).yml", atomically: true, encoding: .utf8)
    }
    try write("metadata: set-base.spmat\nquery_metadata: set-query.spmat\n")
    let dataset = try Dataset.loadVectors(path: "\(name).yml")
    let conditions = try #require(try dataset.conditions?.read(queries: 3))
    #expect(conditions.map(\.description) == ["tags has 4", "tags has 1 and tags has 2", ""])
    #expect(throws: DatasetError.self) { try dataset.conditions?.read(queries: 4) }
    // The metadata are part of the dataset.
    let digest = try Dataset.digest(path: "\(name).yml")
    try write("metadata: set-base.spmat\n")
    #expect(try Dataset.digest(path: "\(name).yml") != digest)
    #expect(try Dataset.loadVectors(path: "\(name).yml").conditions == nil)
  }

  @Test(arguments: [
    (#"{"and": [{"a": {"match": {"value": "keyword_1"}}}]}"#, "a = 'keyword_1'"),
    (
      #"{"and": [{"a": {"match": {"value": 3}}}, {"b": {"range": {"lt": 2.5, "gt": 1, "gte": null}}}]}"#,
      "a = 3 and b > 1 and b < 2.5"
    ),
    (#"{"or": [{"a": {"match": {"value": 1}}}, {"a": {"match": {"value": 2}}}]}"#, "a = 1 or a = 2"), ("{}", ""),
  ])
  func readsQdrant(json: String, text: String) throws {
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    #expect(FilterCondition(qdrant: object)?.description == text)
  }

  @Test(arguments: [#"{"not": []}"#, #"{"and": [{"a": {"geo": {"radius": 3}}}]}"#, #"{"and": 3}"#])
  func refusesOtherConditionsOfQdrant(json: String) throws {
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    #expect(FilterCondition(qdrant: object) == nil)
  }
}
