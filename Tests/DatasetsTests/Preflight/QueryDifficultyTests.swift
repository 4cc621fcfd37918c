import Foundation
import TestSupport
import Testing
import VectorCore

@testable import Datasets

struct QueryDifficultyTests {
  /// One query at 0 whose neighbours are all rows, in their order.
  private func dataset(_ metric: Metric, _ train: [[Float]], _ test: [Float], _ distances: [Float]) -> Dataset {
    Dataset(
      name: "one", path: "/one", metric: metric, train: Matrix(train), test: Matrix([test]),
      groundTruth: GroundTruth(
        depth: distances.count, neighbors: (0..<distances.count).map { Int64($0) }, distances: distances))
  }

  @Test func theDimensionalityIsThatOfTheFormula() throws {
    // Nine neighbours at a share e^(−1 ÷ d) of the farthest: 9 ÷ (9 · 1 ÷ d).
    for dimension in [1.0, 2.0, 12.5] {
      let lengths = Array(repeating: exp(-1 / dimension), count: 9) + [1]
      #expect(abs(try #require(QueryDifficulty.dimensionality(lengths)) - dimension) < 1e-9)
      // A neighbour at distance 0 says nothing of directions.
      #expect(abs(try #require(QueryDifficulty.dimensionality([0] + lengths)) - dimension) < 1e-9)
    }
    #expect(QueryDifficulty.dimensionality(Array(repeating: 0.5, count: 8) + [1]) == nil)
    #expect(QueryDifficulty.dimensionality(Array(repeating: 2, count: 30)) == nil)
  }

  @Test func aPlaneHasTwoDimensionsWhereverItLies() {
    let plane = RandomVectors.uniform.matrix(2_000, dimension: 2, seed: 5)
    let train = (0..<plane.rows).map { row in
      let (x, y) = (plane[row: row][0], plane[row: row][1])
      return [x, y, x + y, x - y, 2 * x, 0.5 * y]
    }
    let lengths = train.map { row in row.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    let nearest = lengths.indices.sorted { lengths[$0] < lengths[$1] }
    let sorted = dataset(
      .euclidean, nearest.map { train[$0] }, [0, 0, 0, 0, 0, 0], nearest.prefix(100).map { lengths[$0] })
    let dimensionality = QueryDifficulty(sorted).dimensionalities[0]
    #expect(abs(dimensionality - 2) < 0.5, "\(dimensionality)")
  }

  @Test func theContrastIsTheMeanDistanceByTheNearest() {
    let line = dataset(.euclidean, [[2], [4], [6], [8]], [0], [2, 4, 6, 8])
    #expect(QueryDifficulty(line).contrasts == [2.5])
    // By 1 − cosine as chords: two rows at a right angle, one at half of it.
    let angles = dataset(.angular, [[1, 1], [0, 3], [0, 5]], [1, 0], [Float(1 - 0.5.squareRoot()), 1, 1])
    let (near, far) = ((2 - 2.0.squareRoot()).squareRoot(), 2.0.squareRoot())
    #expect(abs(Double(QueryDifficulty(angles).contrasts[0]) - (near + 2 * far) / 3 / near) < 1e-5)
  }

  @Test func whereNothingIsKnownThereIsNoNumber() {
    let train: [[Float]] = (1...12).map { [Float($0), 1] }
    let products = dataset(.dot, train, [1, 0], (1...12).map { -Float($0) })
    #expect(QueryDifficulty(products).dimensionalities[0].isNaN && QueryDifficulty(products).contrasts[0].isNaN)
    let stored = dataset(.euclidean, [[0], [1]], [0], [0, 1])
    #expect(QueryDifficulty(stored).contrasts[0].isNaN)
    let none = Dataset(
      name: "none", path: "/none", metric: .euclidean, train: Matrix([[1]]), test: Matrix([[0], [2]]),
      groundTruth: GroundTruth(depth: 1, neighbors: [-1, 0], distances: [.infinity, 1]))
    let difficulty = QueryDifficulty(none)
    #expect(difficulty.contrasts[0].isNaN && difficulty.contrasts[1] == 1)
    #expect(QueryDifficulty(none, queries: [1]).contrasts == [1])
  }

  @Test func quartilesAreValuesThatThereAre() throws {
    let quartiles = try #require(Quartiles([5, 1, .nan, 4, 2, 3]))
    #expect(quartiles.lower == 2 && quartiles.median == 3 && quartiles.upper == 4)
    #expect(Quartiles([.nan]) == nil && Quartiles([]) == nil)
  }
}
