import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct TreeBeamTests {
  /// Level by level the nearest clusters, as one would write it without a thought of speed.
  private func reference(_ width: Int, _ index: FractalIndex, _ query: [Float]) -> [(slot: Int, distance: Float)] {
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
    return level.map { ($0.slot, distance($0)) }
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
        #expect(found == reference(width, index, queries.array(row)).map(\.slot))
      }
      #expect(Set((0..<nearest.count).map { nearest[$0].id }).count == index.tree.leafCount)
    }
  }

  @Test(arguments: FractalIndex.declaration.metrics)
  func findsAllLeavesWithinAMargin(metric: Metric) throws {
    let setup = fractal(metric)
    let index = try setup.grown(on: setup.vectors(400, .clustered, seed: 1))
    /// Whether a cluster has children on two levels.
    func isUneven(_ cluster: Cluster) -> Bool { Set(cluster.children.map(\.isLeaf)).count == 2 }
    for id in 0..<UInt64(350) where !index.tree.all.contains(where: isUneven) { try index.remove(id: id) }
    #expect(index.tree.all.contains(where: isUneven) && index.tree.leafCount > 10)
    let queries = metric.prepare(setup.vectors(20, .clustered, seed: 2), threads: 1)
    var beam = TreeBeam()
    var nearest = TopK(k: 0)
    for row in 0..<queries.rows {
      let all = reference(.max, index, queries.array(row))
      for rank in [0, 1, 7, all.count / 2, all.count - 1] {
        let margin = all[rank].distance - all[0].distance
        let limit = all[0].distance + margin
        beam.findLeaves(
          withinMargin: margin, of: index.tree, nearestTo: queries.baseAddress + row * queries.columns, by: metric,
          into: &nearest)
        let found = (0..<nearest.count).map { Int(nearest[$0].id) }
        #expect(found == all.filter { $0.distance <= limit }.map(\.slot))
      }
    }
  }

  @Test func findsTheOnlyLeaf() throws {
    let index = try fractal().make()
    var beam = TreeBeam()
    var nearest = TopK(k: 0)
    let query = [Float](repeating: 1, count: 20)
    beam.findLeaves(3, of: index.tree, nearestTo: query, by: .euclidean, into: &nearest)
    #expect(nearest.count == 1 && nearest[0].id == UInt64(index.tree.root.slot))
    beam.findLeaves(withinMargin: 0, of: index.tree, nearestTo: query, by: .euclidean, into: &nearest)
    #expect(nearest.count == 1 && nearest[0].id == UInt64(index.tree.root.slot))
  }
}
