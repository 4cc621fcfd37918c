import Foundation
import TestSupport
import Testing
import VectorCore

@testable import Datasets

/// qdrant's folders; see `ArrowTests` for those of VectorDBBench.
struct QdrantFolderTests {
  private let folder = TemporaryFolder()
  private var path: String { folder.file("points-2-angular") }

  private func write(_ name: String, _ bytes: [UInt8]) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try folder.write("points-2-angular/\(name)", Data(bytes))
  }

  private func writeVectors() throws {
    try write("vectors.npy", TableBytes.npy("<f4", 3, 2, TableBytes.floats([1, 0, 0, 1, 1, 1])))
    try write(
      "payloads.jsonl",
      Array(
        """
        {"colour": "red", "price": 3, "tags": ["a", "b"], "geo": {"lat": 1.5}}
        {"colour": null, "price": 2.5, "tags": []}
        {"price": 7, "stock": true, "tags": ["b"]}
        """.utf8))
  }

  @Test func vectorsTestsAndPayloadsAreRead() throws {
    try writeVectors()
    try write(
      "tests.jsonl",
      Array(
        """
        {"query": [2, 0.5], "conditions": {}, "closest_ids": [0, 2], "closest_scores": [0.97, 0.86]}
        {"query": [0, 1], "conditions": null, "closest_ids": [1], "closest_scores": [1.0]}
        """.utf8))
    let dataset = try Dataset.load(path: path)
    #expect(dataset.name == "points-2-angular" && dataset.metric == .angular)
    #expect(Array(dataset.train.floats) == [1, 0, 0, 1, 1, 1] && Array(dataset.test.floats) == [2, 0.5, 0, 1])
    #expect(dataset.groundTruth.neighbors == [0, 2, 1, -1])
    let metadata = try #require(dataset.metadata)
    #expect(try metadata.summary() == "colour strings, geo.lat floats, price floats, stock integers, tags tags")
    #expect(try metadata.values(of: "colour") == .strings(["red", nil, nil]))
    #expect(try metadata.values(of: "price") == .floats([3, 2.5, 7]))
    #expect(try metadata.values(of: "stock") == .integers([nil, nil, 1]))
    #expect(try metadata.values(of: "geo.lat") == .floats([1.5, nil, nil]))
    let tags = TagSets(starts: [0, 2, 2, 3], tags: [0, 1, 1], tagCount: 2, names: ["a", "b"])
    #expect(try metadata.values(of: "tags") == .tags(tags))
    let digest = try Dataset.digest(path: path)
    try write("payloads.jsonl", Array("{}\n{}\n{}".utf8))
    #expect(try Dataset.digest(path: path) != digest && Dataset.stamps(path: path).count == 3)
  }

  @Test func neighborsUnderConditionsAreNoTruth() throws {
    try writeVectors()
    try write("tests.jsonl", Array(#"{"query": [2, 0], "conditions": {"and": [{"a": 1}]}, "closest_ids": [1]}"#.utf8))
    #expect(throws: DatasetError.noGroundTruth(path: path)) { try Dataset.load(path: path) }
    #expect(try Dataset.loadVectors(path: path).test.rows == 1)
  }

  @Test func whatIsWrongIsToldWithItsLine() throws {
    try writeVectors()
    func failure(_ tests: String) throws -> DatasetError? {
      try write("tests.jsonl", Array(tests.utf8))
      return #expect(throws: DatasetError.self) { try Dataset.load(path: path) }
    }
    let tests = path + "/tests.jsonl"
    let noObject = DatasetError.table(path: tests, .malformedLine(line: 2, problem: "there is no JSON object"))
    #expect(try failure("{\"query\": [1, 2]}\n{") == noObject)
    let noQuery = DatasetError.table(
      path: tests, .malformedLine(line: 1, problem: "the member 'query' is no list of numbers"))
    #expect(try failure("{\"query\": \"x\"}") == noQuery)
    let ragged = DatasetError.table(
      path: tests, .malformedLine(line: 2, problem: "'query' has 1 components, that of line 1 has 2"))
    #expect(try failure("{\"query\": [1, 2]}\n{\"query\": [1]}") == ragged)
    #expect(try failure("") == .empty(path: tests, part: "test"))
    try FileManager.default.removeItem(atPath: path + "/vectors.npy")
    #expect(try failure("{}") == .incompleteFolder(path: path, layout: "qdrant", missing: "vectors.npy"))
  }
}
