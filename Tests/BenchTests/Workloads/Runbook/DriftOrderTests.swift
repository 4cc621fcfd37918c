import TestSupport
import Testing
import VectorCore

@testable import Bench

@Suite struct DriftOrderTests {
  /// A hundred groups on a line, far apart, in random order: any order that moves visits each once.
  private let groups: [Int]
  private let vectors: Matrix

  init() {
    var generator = SeededGenerator(seed: 1)
    let groups = generator.sample(2000, below: 2000).map { $0 / 20 }
    self.groups = groups
    vectors = Matrix(groups.map { [Float(100 * $0), Float(generator.nextUnit())] })
  }

  @Test func theDistributionMovesFromNeighbourToNeighbour() {
    let order = DriftOrder.rows(of: vectors, threads: 2)
    #expect(order.sorted() == Array(0..<2000))
    let visited = order.map { groups[$0] }
    // K-means may join two groups and cut another; a random order would take 33 groups a step, not less than one.
    let travelled = zip(visited, visited.dropFirst()).reduce(0) { $0 + abs($1.1 - $1.0) }
    #expect(travelled < 1000)
    #expect(Set(visited[..<200]).count < 25)
  }

  @Test func itIsTheSameEachTimeWhateverTheThreads() {
    #expect(DriftOrder.rows(of: vectors, threads: 1) == DriftOrder.rows(of: vectors, threads: 3))
  }

  @Test func fewAndEqualRowsHaveAnOrderToo() {
    #expect(DriftOrder.rows(of: vectors[rows: 0..<0], threads: 1) == [])
    #expect(DriftOrder.rows(of: vectors[rows: 0..<3], threads: 1).sorted() == [0, 1, 2])
    #expect(DriftOrder.rows(of: Matrix(Array(repeating: [1, 2], count: 9)), threads: 1) == Array(0..<9))
  }
}
