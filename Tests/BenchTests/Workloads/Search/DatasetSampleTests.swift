import Datasets
import Testing

@testable import Bench

@Suite struct DatasetSampleTests {
  @Test func queriesKeepTheirTrueNeighbours() throws {
    let line = Dataset.line()
    let sample = try DatasetSample(rows: 100, queries: 3).taken(from: line, k: 5, threads: 1)
    #expect(sample.train.rows == 100 && sample.test.rows == 3)
    // Queries 0, 3 and 6, at 0.1, 30.1 and 60.1.
    #expect((0..<3).map { sample.test[row: $0][0] } == [0.1, 30.1, 60.1])
    #expect((0..<3).map { sample.groundTruth.neighbors[$0 * 10] } == [0, 30, 60])
    #expect(sample.groundTruth.distances.count == 30)
  }

  @Test func ofAPartOfTheRowsTheTrueNeighboursAreFound() throws {
    let sample = try DatasetSample(rows: 10, queries: 10).taken(from: .line(), k: 2, threads: 1)
    #expect((0..<10).map { sample.train[row: $0][0] } == (0..<10).map { Float(10 * $0) })
    #expect(sample.groundTruth.depth == 2)
    #expect((0..<10).map { sample.groundTruth.neighbors[$0 * 2] } == (0..<10).map { Int64($0) })
  }
}
