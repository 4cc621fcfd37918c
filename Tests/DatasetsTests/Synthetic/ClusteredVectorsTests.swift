import Datasets
import Foundation
import Testing
import VectorCore

@Suite struct ClusteredVectorsTests {
  private func vectors(rows: Int = 3000, dimension: Int = 24, seed: UInt64 = 5) -> ClusteredVectors {
    ClusteredVectors(ClusteredVectors.Shape(rows: rows, dimension: dimension, queries: 50, clusters: 20), seed: seed)
  }

  private func floats(_ matrix: Matrix) -> [Float] {
    (0..<matrix.rows).flatMap { row in (0..<matrix.columns).map { matrix[row: row][$0] } }
  }

  @Test func rowsAreTheSameInAnyBlocksAndThreads() {
    let made = vectors()
    let all = floats(made.rows(0..<3000, threads: 1))
    let pieces = [0..<1, 1..<1500, 1500..<3000].flatMap { floats(made.rows($0, threads: 3)) }
    #expect(all == pieces)
    #expect(floats(vectors().rows(7..<9, threads: 1)) == Array(all[7 * 24..<9 * 24]))
    #expect(floats(vectors(seed: 6).rows(7..<9, threads: 1)) != Array(all[7 * 24..<9 * 24]))
    #expect(floats(made.queries(threads: 2)).prefix(24) != all.prefix(24))
  }

  @Test func theBitsAreTheSameOnEveryMachine() {
    let made = vectors(rows: 10, dimension: 3)
    let bits = floats(made.rows(0..<10, threads: 1)) + floats(made.queries(threads: 1))
    let text = bits.map { String($0.bitPattern, radix: 16) }.joined(separator: " ")
    #expect(SHA256.of(text) == "bb3403b3af679af228f7934ccaa586c74305858fd4734babbdad2593266d9193")
  }

  @Test func componentsHaveTheVarianceOfCentresAndClusters() {
    let made = ClusteredVectors(ClusteredVectors.Shape(rows: 20_000, dimension: 32, queries: 1, clusters: 400), seed: 1)
    let values = floats(made.rows(0..<20_000, threads: 2)).map { Double($0) }
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    // 1 of the centres, 1 of the spread, 0.01 of the noise.
    #expect(abs(mean) < 0.05 && abs(variance - 2.01) < 0.15, "\(mean), \(variance)")
  }

  @Test func neighborsAreOfTheSameCluster() {
    // Clusters that hardly overlap: almost all nearest rows are as near as one cluster is wide.
    let shape = ClusteredVectors.Shape(rows: 2000, dimension: 48, queries: 20, clusters: 10, spread: 0.2)
    let made = ClusteredVectors(shape, seed: 2)
    let (rows, queries) = (made.rows(0..<2000, threads: 2), made.queries(threads: 1))
    for query in 0..<20 {
      let squares = (0..<2000).map { row in
        (0..<48).reduce(0.0) { sum, column in
          let difference = Double(rows[row: row][column] - queries[row: query][column])
          return sum + difference * difference
        }
      }.sorted()
      // 2 · 48 · 0.04 within a cluster, 2 · 48 between centres.
      #expect(squares[0] < 5 && squares[1999] > 50)
      #expect(squares.contains { (15.0...40).contains($0) } == false)
    }
  }
}
