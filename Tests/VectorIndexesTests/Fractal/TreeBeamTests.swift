import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct TreeBeamTests {
  /// Level by level the nearest clusters, as one would write it without a thought of speed.
  private func reference(_ width: Int, _ index: FractalIndex, _ query: [Float]) -> [Int] {
    func distance(_ cluster: Cluster) -> Float {
      var centroid = [Float](repeating: 0, count: index.dimension)
      cluster.writeCentroid(index.metric, to: &centroid)
      var distance: Float = 0
      distances(index.metric, from: query, to: centroid, count: 1, dimension: index.dimension, into: &distance)
      return distance
    }
    var level = [index.tree.root]
    for _ in 1..<index.tree.depth {
      let next = level.flatMap { $0.isLeaf ? [$0] : $0.children }
      level = Array(next.sorted { (distance($0), $0.slot) < (distance($1), $1.slot) }.prefix(width))
    }
    return level.map(\.slot)
  }

  @Test(arguments: FractalIndex.declaration.metrics)
  func findsWhatAPlainBeamFinds(metric: Metric) throws {
    let setup = fractal(metric)
    let index = try setup.grown(on: setup.vectors(400, .clustered, seed: 1))
    #expect(index.tree.depth >= 4)
    let queries = metric.prepare(setup.vectors(20, .clustered, seed: 2), threads: 1)
    var beam = TreeBeam()
    var nearest = TopK(k: 0)
    for row in 0..<queries.rows {
      for width in [1, 2, 7, 40, 1 << 40] {
        beam.findLeaves(
          width, of: index.tree, nearestTo: queries.baseAddress + row * queries.columns, by: metric, into: &nearest)
        let found = (0..<nearest.count).map { Int(nearest[$0].id) }
        #expect(found == reference(width, index, queries.array(row)))
      }
      #expect(Set((0..<nearest.count).map { nearest[$0].id }).count == index.tree.leafCount)
    }
  }

  @Test func findsTheOnlyLeaf() throws {
    let index = try fractal().make()
    var beam = TreeBeam()
    var nearest = TopK(k: 0)
    let query = [Float](repeating: 1, count: 20)
    beam.findLeaves(3, of: index.tree, nearestTo: query, by: .euclidean, into: &nearest)
    #expect(nearest.count == 1 && nearest[0].id == UInt64(index.tree.root.slot))
  }
}
