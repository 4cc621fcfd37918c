import Testing
import VectorCore
import VectorSearch

@testable import Bench

@Suite struct MadeMetadataTests {
  /// 2000 vectors around 20 centres on a line, and a query at each end.
  private static let vectors: Matrix = {
    var generator = SeededGenerator(seed: 2)
    return Matrix((0..<2000).map { [Float($0 % 20) * 10 + Float(generator.nextUnit()), Float(generator.nextUnit())] })
  }()
  private static let queries = Matrix([[0, 0], [191, 0]])
  private static let made = MadeMetadata(of: vectors, threads: 2)

  @Test(arguments: FilterChoice.Correlation.allCases, [1000, 500, 100, 10, 1])
  func acceptsTheShareThatWasAskedFor(correlation: FilterChoice.Correlation, permille: Int) {
    let filters = Self.made.filters(permille: permille, correlation, queries: Self.queries, threads: 1)
    for query in 0..<2 {
      let accepted = filters.rows(of: query)
      // Rows of equal draws in a region are accepted together.
      #expect((2 * permille...2 * permille + (correlation == .independent ? 0 : 3)).contains(accepted.count))
      #expect((0..<2000).allSatisfy { filters[query].accepts(Self.made.metadata(of: $0)) == accepted.contains($0) })
      #expect(throws: Never.self) { try filters[query].validate() }
    }
    #expect(filters.filters.count == (correlation == .independent ? 1 : 2))
  }

  @Test func nearRowsAreNearAndFarRowsAreFar() {
    func mean(_ correlation: FilterChoice.Correlation, _ query: Int) -> Float {
      let rows = Self.made.filters(permille: 100, correlation, queries: Self.queries, threads: 1).rows(of: query).rows
      return rows.reduce(0) { $0 + Self.vectors[row: $1][0] } / Float(rows.count)
    }
    #expect(mean(.near, 0) < 25 && mean(.near, 1) > 165)
    #expect(mean(.far, 0) > 165 && mean(.far, 1) < 25)
    #expect((70...120).contains(mean(.independent, 0)))
  }

  @Test func isTheSameWithAnyNumberOfThreads() {
    let again = MadeMetadata(of: Self.vectors, threads: 1)
    #expect((0..<2000).allSatisfy { again.metadata(of: $0) == Self.made.metadata(of: $0) })
  }

  @Test func ofFewRows() {
    let made = MadeMetadata(of: Matrix([[1, 2], [3, 4], [5, 6]]), threads: 1)
    for correlation in FilterChoice.Correlation.allCases {
      let filters = made.filters(permille: 500, correlation, queries: Matrix([[1, 2]]), threads: 1)
      #expect((1...2).contains(filters.rows(of: 0).count))
    }
  }
}
