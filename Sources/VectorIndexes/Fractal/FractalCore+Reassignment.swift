import VectorCore

extension FractalCore {
  /// How many leaves, those around one that has been split, exchange vectors.
  private static var reassignedLeaves: Int { 32 }

  /// Moves the vectors of the leaves around one that has been split to those of these leaves whose centroids are nearest:
  /// a round of k-means in a part of the tree, by which vectors find their place that came when the tree was another.
  ///
  /// No leaf gets more than `max_leaf` vectors by that, or is left with less than a part of a split: so n insertions split
  /// at most 8n/`max_leaf` leaves, as without. Leaves that have grown beyond `max_leaf` take no part.
  ///
  /// Source: the reassignment of SPFresh (Xu et al., SOSP 2023, doi:10.1145/3600006.3613166), there of the vectors that
  /// a bound singles out; here of all that the leaves have.
  ///
  /// - Complexity: O(r²·l·d) for r leaves of l vectors.
  func reassign(around split: Cluster, threads: Int) {
    var leaves: [Cluster] = []
    upkeep.reassigns.measure {
      let center = Matrix(rows: 1, columns: dimension) { split.writeCentroid(metric, to: $0.baseAddress!) }
      leaves = tree.nearestLeaves(Self.reassignedLeaves, to: center.baseAddress)
      leaves.removeAll { $0.population > settings.limits.maxLeaf }
      return exchange(among: leaves, threads: threads)
    }
    for leaf in leaves { cascadeIfFull(leaf, threads: threads) }
  }

  /// Moves each vector of some leaves to the nearest of them, if there is room; returns how many have moved.
  private func exchange(among leaves: [Cluster], threads: Int) -> Int {
    let centroids = NearestCentroid(
      Matrix(rows: leaves.count, columns: dimension) { floats in
        for (number, leaf) in leaves.enumerated() {
          leaf.writeCentroid(metric, to: floats.baseAddress! + number * dimension)
        }
      })
    let nearest = nearestLeaf(ofVectorsOf: leaves, centroids, threads: threads)
    let (most, least) = (settings.limits.maxLeaf, settings.leastPart(of: settings.limits.maxLeaf))
    var moved = 0
    var changed: Set<Int> = []
    var inexact: Set<Int> = []
    /// Counts a vector from one leaf into another, unless that is full, the one too small, or it is no nearer there.
    func move(_ vector: UnsafePointer<Float>, from source: Int, to target: Int) -> Bool {
      // Labels come from inner products, which say little about vectors far from zero and near each other.
      guard target != source, leaves[target].population < most, leaves[source].population > least,
        centroids.squaredDistance(vector, to: target) < centroids.squaredDistance(vector, to: source)
      else { return false }
      leaves[target].add(vector)
      if !leaves[source].remove(vector) { inexact.insert(source) }
      changed.formUnion([source, target])
      moved += 1
      return true
    }
    for (number, leaf) in leaves.enumerated() {
      for (list, nearest) in zip([leaf.postings, leaf.buffer], nearest[number])
      where nearest.contains(where: { $0 != number }) {
        var targets: [Int] = []
        withKeptVectors(of: list) { vectors, _ in
          targets = nearest.enumerated().map { row, nearest in
            let target = Int(nearest)
            guard move(vectors + row * dimension, from: number, to: target) else { return list }
            return Cluster.isBuffer(list) ? leaves[target].buffer : leaves[target].postings
          }
        }
        store.moveRows(of: list, to: targets)
      }
    }
    for number in inexact { leaves[number].setMembers(members(of: leaves[number])) }
    tree.sumAbove(changed.map { leaves[$0] })
    return moved
  }

  /// For each of some leaves, and for its postings and then its buffer: which of the centroids is nearest to each vector.
  private func nearestLeaf(
    ofVectorsOf leaves: [Cluster], _ centroids: NearestCentroid, threads: Int
  ) -> [[[Int32]]] {
    var found: [[[Int32]]] = Array(repeating: [], count: leaves.count)
    found.withUnsafeMutableBufferPointer { found in
      let (found, lists) = (Disjoint(found), leaves.map { [$0.postings, $0.buffer] })
      parallelChunks(of: lists.count, chunk: 1, threads: threads) { number, _ in
        found[number] = lists[number].map { list in
          var labels: [Int32] = []
          self.withKeptVectors(of: list) { labels = centroids.assign($0, count: $1, threads: 1) }
          return labels
        }
      }
    }
    return found
  }
}
