import Testing
import VectorCore

@testable import Datasets

struct VectorCensusTests {
  @Test func repeatedAndZeroRowsAreCounted() {
    let census = VectorCensus(Matrix([[1, 2], [0, 0], [1, 2], [-0.0, 0], [2, 1], [1, 2]]))
    #expect(census.duplicates == 3 && census.zeros == 2 && census.firstZero == 1)
    #expect(census.firstDuplicate! == (2, 0))
  }

  @Test func equalRowsAreFound() {
    let census = VectorCensus(Matrix([[1, 2], [0, 5]]))
    #expect(census.row(equalTo: [0, 5].span) == 1)
    #expect(census.row(equalTo: [-0.0, 5].span) == 1, "the two zeros are the same value")
    #expect(census.row(equalTo: [5, 0].span) == nil)
  }

  @Test func differentRowsAreNotTakenForEqual() {
    var generator = SeededGenerator(seed: 3)
    // Many rows of few values: a digest that drops bits would take some for others.
    let rows = Set((0..<5_000).map { _ in (0..<8).map { _ in Float(generator.next(below: 4)) } })
    let census = VectorCensus(Matrix(Array(rows)))
    #expect(census.duplicates == 0)
  }
}
