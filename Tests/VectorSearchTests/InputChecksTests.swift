import Testing
import VectorCore

@testable import VectorSearch

@Suite struct InputChecksTests {
  /// The first bad component is named, in whatever chunk it is and however many threads look.
  @Test(arguments: [1, 2], [0, 1023, 1024, 2999])
  func namesTheFirstComponentThatIsNotFinite(threads: Int, row: Int) {
    var rows = [[Float]](repeating: [1, -3e38, 0], count: 3000)
    rows[row][1] = -.infinity
    rows[2999][2] = .nan
    let matrix = Matrix(rows)
    #expect(throws: IndexError.notFinite(row: row, component: 1, value: -.infinity)) {
      try matrix.check(dimension: 3, threads: threads)
    }
  }

  @Test func acceptsFiniteVectorsOfTheRightLength() throws {
    let matrix = Matrix([[Float]](repeating: [1, -3e38, .leastNonzeroMagnitude], count: 3000))
    try matrix.check(dimension: 3, threads: 2)
    try Matrix([]).check(dimension: 3)
    #expect(throws: IndexError.dimensionMismatch(expected: 4, got: 3)) { try matrix.check(dimension: 4) }
  }
}
