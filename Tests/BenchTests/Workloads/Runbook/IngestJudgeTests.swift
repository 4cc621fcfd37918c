import Datasets
import TestSupport
import Testing
import VectorCore

@testable import Bench

@Suite struct IngestJudgeTests {
  /// Rows 0, 1, 2, … of a line, queried at 0 and at 5.2.
  private let judge = IngestJudge(
    dataset: Dataset(
      name: "line", path: "/line.hdf5", metric: .euclidean, train: Matrix((0..<10).map { [Float($0)] }),
      test: Matrix([[0], [5.2]]), groundTruth: GroundTruth(depth: 0, neighbors: [], distances: [])),
    k: 2, threads: 1)

  private func sample(_ query: Int, seeing rows: Int, _ ids: [UInt64]) -> IngestReaders.Sample {
    IngestReaders.Sample(start: 0, query: query, rows: rows, ids: ids)
  }

  /// The same answer is right or wrong by how many rows the search saw; the order of the samples is kept.
  @Test func judgesByTheRowsThatWereSeen() throws {
    let judged = try judge.judge([
      [
        sample(1, seeing: 10, [5, 6]), sample(1, seeing: 4, [3, 2]), sample(1, seeing: 10, [3, 2]),
        sample(1, seeing: 6, [5, 3]),
      ],
      [sample(0, seeing: 7, [0, 1]), sample(1, seeing: 10, [5]), sample(0, seeing: 2, [1, 0])],
    ])
    #expect(judged.map(\.recalls) == [[1, 1, 0, 0.5], [1, 0.5, 1]])
    #expect(judged.map(\.quality.recall) == [2.5 / 4, 2.5 / 3])
    #expect(try judge.judge([]).isEmpty && judge.judge([[]])[0].quality.recall.isNaN)
  }

  /// A query that is a zero vector has no neighbours by angular distance, whatever was found.
  @Test func searchesWithoutTrueNeighborsAreNotJudged() throws {
    let judge = IngestJudge(
      dataset: Dataset(
        name: "turn", path: "/turn.hdf5", metric: .angular, train: Matrix([[1, 0], [1, 1], [0, 1]]),
        test: Matrix([[0, 0], [0, 2]]), groundTruth: GroundTruth(depth: 0, neighbors: [], distances: [])),
      k: 1, threads: 1)
    let judged = try judge.judge([[sample(0, seeing: 3, [2]), sample(1, seeing: 3, [2])], [sample(0, seeing: 3, [2])]])
    #expect(judged[0].recalls[0].isNaN && judged[0].recalls[1] == 1)
    #expect(judged[0].quality.recall == 1 && judged[0].quality.unjudged == 1)
    #expect(judged[1].recalls[0].isNaN && judged[1].quality.recall.isNaN && judged[1].quality.unjudged == 1)
  }
}
