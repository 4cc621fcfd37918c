import VectorCore

extension FractalIndex {
  /// How many leaves, those around one that has been split, exchange vectors.
  private static var reassignedLeaves: Int { 32 }

  /// Moves the vectors of the leaves around one that has been split to those of these leaves whose centroids are nearest:
  /// a round of k-means in a part of the tree, by which vectors find their place that came when the tree was another.
  ///
  /// No leaf gets more than `max_leaf` vectors by that, or is left with less than `min_leaf` or an eighth of `max_leaf`:
  /// so there are no more splits than without.
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
      return exchange(among: leaves, threads: threads)
    }
    for leaf in leaves { cascadeIfFull(leaf, threads: threads) }
  }

  /// Moves each vector of some leaves to the nearest of them, if there is room; returns how many have moved.
  private func exchange(among leaves: [Cluster], threads: Int) -> Int {
    let nearest = nearestLeaf(ofVectorsOf: leaves, threads: threads)
    let fewest = max(1, configuration.minLeaf, configuration.limits.maxLeaf / 8)
    var moved = 0
    var changed: Set<Int> = []
    var inexact: Set<Int> = []
    for (number, leaf) in leaves.enumerated() {
      for (list, nearest) in zip([leaf.postings, leaf.buffer], nearest[number]) {
        var targets: [Int] = []
        withKeptVectors(of: list) { vectors, _ in
          targets = nearest.enumerated().map { row, nearest in
            let target = leaves[Int(nearest)]
            guard target !== leaf, target.population < configuration.limits.maxLeaf, leaf.population > fewest
            else { return list }
            let vector = vectors + row * dimension
            target.add(vector)
            if !leaf.remove(vector) { inexact.insert(number) }
            changed.formUnion([number, Int(nearest)])
            moved += 1
            return Cluster.isBuffer(list) ? target.buffer : target.postings
          }
        }
        store.moveRows(of: list, to: targets)
      }
    }
    for leaf in inexact.map({ leaves[$0] }) {
      let vectors = members(of: leaf)
      leaf.setMembers(Array(0..<UInt32(vectors.rows)), of: vectors)
    }
    tree.sumAbove(changed.map { leaves[$0] })
    return moved
  }

  /// For each of some leaves, and for its postings and then its buffer: which of the leaves is nearest to each vector.
  private func nearestLeaf(ofVectorsOf leaves: [Cluster], threads: Int) -> [[[Int32]]] {
    let centroids = NearestCentroid(
      Matrix(rows: leaves.count, columns: dimension) { floats in
        for (number, leaf) in leaves.enumerated() {
          leaf.writeCentroid(metric, to: floats.baseAddress! + number * dimension)
        }
      })
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
