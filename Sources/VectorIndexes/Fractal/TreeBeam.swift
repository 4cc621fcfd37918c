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
        if cluster.isLeaf {
          (distances[count], slots[count]) = (found.distance, UInt32(found.id))
          count += 1
        } else {
          count += measureChildren(of: cluster, from: vector, by: metric, at: count)
        }
      }
      nearest.reset(k: width)
      ListDistances(distances: distances, numbers: slots, count: count).offerNearest(to: &nearest)
    }
    nearest.sort()
  }

  /// Finds the leaves whose centroids are within a margin of the nearest one, in the same form.
  ///
  /// The distances of all leaves are computed. - Complexity: O(leaves·d).
  mutating func findLeaves(
    withinMargin margin: Float, of tree: ClusterTree, nearestTo vector: UnsafePointer<Float>, by metric: Metric,
    into nearest: inout TopK
  ) {
    reserve(tree.leafCount)
    var count = 1
    if tree.root.isLeaf {
      (distances[0], slots[0]) = (0, UInt32(tree.root.slot))
    } else {
      count = measureLeaves(below: tree.root, from: vector, by: metric, at: 0)
    }
    ListDistances(distances: distances, numbers: slots, count: count).offer(withinMargin: margin, to: &nearest)
    nearest.sort()
  }

  /// Writes the distances and slots of all leaves below an inner cluster from a place on; returns the place behind them.
  private func measureLeaves(
    below cluster: Cluster, from vector: UnsafePointer<Float>, by metric: Metric, at start: Int
  ) -> Int {
    let children = cluster.children
    guard cluster.height > 2 else {
      return start + measureChildren(of: cluster, from: vector, by: metric, at: start)
    }
    var count = start
    if children.contains(where: \.isLeaf) {
      _ = measureChildren(of: cluster, from: vector, by: metric, at: start)
      for (number, child) in children.enumerated() where child.isLeaf {
        (distances[count], slots[count]) = (distances[start + number], slots[start + number])
        count += 1
      }
    }
    for child in children where !child.isLeaf {
      count = measureLeaves(below: child, from: vector, by: metric, at: count)
    }
    return count
  }

  /// Writes the distances and slots of the children of an inner cluster from a place on; returns their number.
  private func measureChildren(
    of cluster: Cluster, from vector: UnsafePointer<Float>, by metric: Metric, at start: Int
  ) -> Int {
    let count = cluster.childSlots.count
    VectorIndexes.distances(
      metric, from: vector, to: cluster.centroids, count: count, dimension: cluster.dimension, into: distances + start)
    cluster.childSlots.withUnsafeBufferPointer { (slots + start).update(from: $0.baseAddress!, count: count) }
    return count
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
