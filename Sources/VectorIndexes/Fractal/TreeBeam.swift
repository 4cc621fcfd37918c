import CKernels
import VectorCore

/// Finds the leaves of a `ClusterTree` nearest to a vector, level by level; memory is kept from search to search.
///
/// Of a level, the `width` nearest clusters, leaves among them, go on to the next: their children take their place, and
/// leaves stay. The distances of all those children are made before any is chosen, so that what is kept costs a heap no
/// more than it must, and no child that is passed over is touched.
struct TreeBeam: ~Copyable {
  /// Beside each other: candidates of a level.
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

  /// Finds the nearest leaves into `nearest`, in order; their slots are the ids.
  ///
  /// - Parameters:
  ///   - metric: whose distances, by which neighbours are compared, say what is near.
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
      // Not `<=`: a distance that is not a number counts as infinity.
      for place in 0..<count where !(distances[place] > limit) {
        nearest.offer(
          Neighbor(distance: distances[place], sequence: UInt64(slots[place]), id: UInt64(slots[place])))
      }
    }
    nearest.sort()
  }

  /// Makes room for the candidates of a level: no two of them have a leaf in common.
  private mutating func reserve(_ leaves: Int) {
    guard leaves > capacity else { return }
    distances.deallocate()
    slots.deallocate()
    capacity = max(leaves, 2 * capacity)
    distances = .allocate(capacity: capacity)
    slots = .allocate(capacity: capacity)
  }
}
