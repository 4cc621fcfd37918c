import CKernels
import VectorCore

/// A beam search: finds the leaves of a `ClusterTree` nearest to a vector, level by level.
///
/// On each level it keeps the `width` nearest clusters. Inner clusters among them are replaced by their children on the
/// next level; leaves stay. All distances of a level are computed before any cluster is chosen. This keeps the number
/// of heap operations small, and children that are not chosen are never read. Memory is kept from search to search.
struct TreeBeam: ~Copyable {
  /// Distances and slots of the candidates of a level, in parallel arrays.
  private var distances: UnsafeMutablePointer<Float>
  private var slots: UnsafeMutablePointer<UInt32>
  private var capacity = 0

  init() {
    distances = .allocate(capacity: 0)
    slots = .allocate(capacity: 0)
  }

  deinit {
    distances.deallocate()
    slots.deallocate()
  }

  /// Finds the nearest leaves and writes them to `nearest` in order; the ids are the slots of the leaves.
  ///
  /// - Parameters:
  ///   - metric: the metric of the distances to the centroids.
  ///   - vector: prepared, d floats.
  /// - Complexity: O(width·d·children·depth).
  mutating func findLeaves(
    _ width: Int, of tree: ClusterTree, nearestTo vector: UnsafePointer<Float>, by metric: Metric,
    into nearest: inout TopK
  ) {
    let width = min(width, tree.leafCount)
    reserve(tree.leafCount)
    nearest.reset(k: width)
    nearest.offer(Neighbor(distance: 0, sequence: 0, id: UInt64(tree.root.slot)))
    for _ in 1..<tree.depth {
      var count = 0
      for place in 0..<nearest.count {
        let found = nearest[place]
        let cluster = tree[Int(found.id)]
        let added = max(cluster.childSlots.count, 1)
        if cluster.isLeaf {
          (distances[count], slots[count]) = (found.distance, UInt32(found.id))
        } else {
          VectorIndexes.distances(
            metric, from: vector, to: cluster.centroids, count: added, dimension: tree.dimension,
            into: distances + count)
          cluster.childSlots.withUnsafeBufferPointer { (slots + count).update(from: $0.baseAddress!, count: added) }
        }
        count += added
      }
      let limit = count > width ? Kernels.active.limit_of_least_f32(distances, count, width, width) : .infinity
      nearest.reset(k: width)
      // With `<=`, a NaN distance would be dropped; it must count as infinity.
      for place in 0..<count where !(distances[place] > limit) {
        nearest.offer(
          Neighbor(distance: distances[place], sequence: UInt64(slots[place]), id: UInt64(slots[place])))
      }
    }
    nearest.sort()
  }

  /// Allocates room for the candidates of a level. Their subtrees are disjoint, so there are at most as many as leaves.
  private mutating func reserve(_ leaves: Int) {
    guard leaves > capacity else { return }
    distances.deallocate()
    slots.deallocate()
    capacity = max(leaves, 2 * capacity)
    distances = .allocate(capacity: capacity)
    slots = .allocate(capacity: capacity)
  }
}
