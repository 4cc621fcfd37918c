import TestSupport
import Testing
import VectorCore
import VectorIndexes

/// Hamming distance on bits, on other numbers, and on the way from one to the other.
@Suite struct HammingTests {
  let bits: [[Float]] = [[1, 0, 1, 0, 1], [1, 1, 1, 1, 1], [0, 0, 0, 0, 0]]

  func index(_ rows: [[Float]]) throws -> (IndexSetup<FlatIndex>, FlatIndex) {
    let setup = IndexSetup(FlatIndex.self, metric: .hamming, dimension: rows[0].count)
    return (setup, try setup.makeFilled(with: Matrix(rows)))
  }

  /// Less than a word of bits, just a word, and more.
  @Test(arguments: [1, 8, 63, 64, 130])
  func equalsBruteForce(dimension: Int) throws {
    try checkVectorIndex(
      IndexSetup(FlatIndex.self, metric: .hamming, dimension: dimension), only: [.answers, .zeros, .hugeValues])
  }

  @Test func isTheShareOfPositionsThatDiffer() throws {
    let (setup, index) = try index(bits)
    #expect(try setup.find([1, 0, 1, 0, 0], k: 3, in: index).map(\.distance) == [0.2, 0.4, 0.6])
  }

  @Test func comparesAQueryThatIsNotBitsWithBits() throws {
    let (setup, index) = try index(bits)
    let found = try setup.find([1, 0.5, 1, -2, 0], k: 3, in: index)
    #expect(found.map(\.id) == [0, 1, 2])
    #expect(found.map(\.distance) == [0.6, 0.6, 0.8])
  }

  @Test func answersTheSameOnceAVectorIsNotBits() throws {
    let (setup, index) = try index(bits)
    let queries: [[Float]] = [[1, 0, 1, 0, 0], [1, 0.5, 1, -2, 0]]
    let before = try queries.map { try setup.find($0, k: 3, in: index) }
    let packedBytes = index.statistics.memoryBytes
    try index.insert(id: 9, vector: [1, 0.5, 3, 3, 3])
    #expect(index.statistics.memoryBytes > packedBytes)
    #expect(try queries.map { try setup.find($0, k: 4, in: index).filter { $0.id != 9 } } == before)
    #expect(try setup.find([1, 0.5, 3, 3, 3], k: 1, in: index).first?.distance == 0)
    // Bits stored beside it are still compared by position.
    try index.insert(id: 10, vector: [1, 0, 1, 0, 0])
    #expect(try setup.find([1, 0, 1, 0, 0], k: 1, in: index).map(\.id) == [10])
  }

  @Test func keepsBitsInAnEighthOfAByteEach() throws {
    let rows = RandomVectors.binary.matrix(1000, dimension: 1024, seed: 4)
    let setup = IndexSetup(FlatIndex.self, metric: .hamming, dimension: 1024)
    let index = try setup.makeFilled(with: rows)
    #expect(index.statistics.memoryBytes < 1000 * (128 + 16 + 64))
  }
}
