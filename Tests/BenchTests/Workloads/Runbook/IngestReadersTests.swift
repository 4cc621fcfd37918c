import TestSupport
import Testing
import VectorCore
import VectorIndexes

@testable import Bench

@Suite struct IngestReadersTests {
  /// A search that fails ends its reader, and is told when the readers are stopped.
  @Test func aFailureIsNotLost() throws {
    let index = try FlatIndex(
      dimension: 4, metric: .euclidean,
      parameters: Parameters(declared: FlatIndex.declaration.build, kind: "flat"), seed: 0)
    let parameters = SearchParameters(try Parameters(declared: FlatIndex.declaration.search, kind: "flat"))
    let readers = try IngestReaders(
      2, searching: .index(index),
      IngestReaders.Request(
        queries: RandomVectors.clustered.matrix(3, dimension: 5, seed: 1), k: 1, parameters: parameters))
    // Nobody waits for what does not come.
    readers.beginPhase(at: .max)
    readers.waitForSample()
    #expect(throws: IndexError.dimensionMismatch(expected: 4, got: 5)) { _ = try readers.stop() }
  }
}
