import VectorCore

extension FractalCore {
  /// The number of leaves, around a split leaf, that exchange vectors.
  private static var reassignedLeaves: Int { 32 }

  /// Moves each vector of the leaves around a split leaf to the leaf whose centroid is nearest.
  ///
  /// This is one round of k-means in a part of the tree. It moves vectors that were inserted when the tree had other
  /// leaves to the right place.
  ///
  /// After an exchange no leaf has more than `max_leaf` vectors, or fewer than a part of a split has. So n insertions
  /// split at most 8n/`max_leaf` leaves, as without exchanges. Leaves that have grown beyond `max_leaf` take no part.
  ///
  /// Source: the reassignment of SPFresh (Xu et al., SOSP 2023, doi:10.1145/3600006.3613166). SPFresh moves only
  /// vectors that a bound selects; this index considers all vectors of the leaves.
  ///
  /// - Complexity: O(r²·l·d) for r leaves of l vectors.
  func reassign(around split: Cluster, threads: Int) {
    var leaves: [Cluster] = []
    upkeep.reassigns.measure {
      let center = Matrix(rows: 1, columns: dimension) { split.writeCentroid(metric, to: $0.baseAddress!) }
      leaves = tree.nearestLeaves(Self.reassignedLeaves, to: center.baseAddress)
      leaves.removeAll { $0.population > tree.leafLimit }
      return exchange(among: leaves, threads: threads)
    }
    for leaf in leaves { cascadeIfFull(leaf, threads: threads) }
  }

  /// Moves each vector of these leaves to the nearest of them that has room; returns the number of moved vectors.
  private func exchange(among leaves: [Cluster], threads: Int) -> Int {
    let centroids = NearestCentroid(tree.centroids(of: leaves))
    let nearest = nearestLeaf(ofVectorsOf: leaves, centroids, threads: threads)
    let most = tree.leafLimit
    let least = settings.leastPart(of: most)
    var moved = 0
    var changed: Set<Int> = []
    var inexact: Set<Int> = []
    /// Moves a vector from one leaf to another if that is nearer, has room, and the first keeps enough vectors.
    func move(_ vector: UnsafePointer<Float>, from source: Int, to target: Int) -> Bool {
      // The labels come from inner products, which are inaccurate for vectors that are far from zero and close
      // together.
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

  /// For the postings and the buffer of each leaf: the number of the centroid nearest to each vector.
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
