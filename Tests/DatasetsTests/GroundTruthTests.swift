import Datasets
import Testing

struct GroundTruthTests {
  private let truth = GroundTruth(depth: 2, neighbors: [1, 2, 3, 4], distances: [0, 1, 0, 1])

  @Test func kIsBetweenOneAndTheStoredNeighbours() throws {
    #expect(truth.queries == 2)
    try truth.check(k: 1)
    try truth.check(k: 2)
    #expect(throws: DatasetError.tooManyNeighbors(k: 3, stored: 2)) { try truth.check(k: 3) }
    #expect(throws: DatasetError.notPositive(what: "k", value: 0)) { try truth.check(k: 0) }
  }
}
