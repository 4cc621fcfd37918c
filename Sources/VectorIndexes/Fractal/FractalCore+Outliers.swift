import VectorCore

extension FractalCore {
  /// The greatest number of vectors in the sample from which the limit of outliers is computed.
  private static var outlierSampleSize: Int { 4096 }

  /// Recomputes which vectors are outliers, if that is due.
  func refitOutliersIfDue(threads: Int) {
    if outliers.isDue(outliers: store.lists[Cluster.outliers].count, of: count) { refitOutliers(threads: threads) }
  }

  /// Recomputes which vectors are outliers: moves new outliers out of their leaves, and former outliers into leaves.
  ///
  /// - Complexity: O(n·d), plus that of an insertion for each vector that moves into a leaf.
  func refitOutliers(threads: Int) {
    let sample = keptVectors(at: samplePlaces(Self.outlierSampleSize))
    outliers = FittedOutliers(limit: OutlierLimit(of: sample), count: count)
    for leaf in tree.leaves { moveOutliers(outOf: leaf) }
    moveOrdinaryIntoTree(threads: threads)
  }

  /// Moves the outliers among a leaf's vectors to the list of outliers. Vectors stored only as codes stay in their
  /// leaf.
  private func moveOutliers(outOf leaf: Cluster) {
    var isChanged = false
    for number in [leaf.postings, leaf.buffer] where store.lists[number].format.encoding != .absent {
      var isOutlier: [Bool] = []
      withKeptVectors(of: number) { isOutlier = outliers.limit.isOutlier($0, count: $1) }
      guard isOutlier.contains(true) else { continue }
      store.moveRows(of: number, to: isOutlier.map { $0 ? Cluster.outliers : number })
      isChanged = true
    }
    guard isChanged else { return }
    leaf.setMembers(members(of: leaf))
    tree.sumAbove([leaf])
    shrink(leaf)
  }

  /// Moves vectors that are no longer outliers to the leaves to which they belong.
  private func moveOrdinaryIntoTree(threads: Int) {
    var targets: [Int] = []
    withKeptVectors(of: Cluster.outliers) { vectors, count in
      targets = outliers.limit.isOutlier(vectors, count: count).enumerated().map { row, isOutlier in
        guard !isOutlier else { return Cluster.outliers }
        let leaf = tree.nearestLeaf(to: vectors + row * dimension)
        tree.add(vectors + row * dimension, to: leaf)
        return leaf.buffer
      }
    }
    guard targets.contains(where: { $0 != Cluster.outliers }) else { return }
    store.moveRows(of: Cluster.outliers, to: targets)
    for leaf in tree.leaves { relieve(leaf, threads: threads) }
  }
}
