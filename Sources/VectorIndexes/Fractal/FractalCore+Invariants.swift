import VectorCore

/// A violated invariant of a `FractalCore`, in words; the cause is a bug of this library.
struct BrokenInvariant: Error, CustomStringConvertible {
  let description: String
}

extension FractalCore {
  /// Checks the invariants of the tree and its lists.
  ///
  /// - Throws: the first violated invariant.
  /// - Complexity: O(n·d).
  func checkInvariants() throws(BrokenInvariant) {
    let clusters = tree.all
    try checkShape(clusters)
    try checkPlaces(clusters)
    try checkMargins()
    for cluster in clusters {
      if cluster.isLeaf { try checkLeaf(cluster) } else { try checkChildren(of: cluster) }
    }
  }

  private func expect(_ holds: Bool, _ promise: @autoclosure () -> String) throws(BrokenInvariant) {
    guard holds else { throw BrokenInvariant(description: promise()) }
  }

  /// Checks that there is no cycle and no orphan, and checks ids, slots, levels and numbers of children.
  private func checkShape(_ clusters: [Cluster]) throws(BrokenInvariant) {
    let limits = settings.limits
    try expect(tree.root.parent == nil, "the root has no parent")
    try expect(tree.depth <= limits.maxDepth, "\(tree.depth) levels are at most \(limits.maxDepth)")
    try expect(Set(clusters.map(\.id)).count == clusters.count, "no cluster is met twice")
    try expect(clusters.allSatisfy { $0.slot != Cluster.outlierSlot }, "no cluster has the slot of the outliers")
    try expect(clusters.count == tree.clusters.count { $0 != nil }, "every cluster is met from the root")
    try expect(tree.leafCount == clusters.count(where: \.isLeaf), "leaves are counted")
    for cluster in clusters {
      let name = "cluster \(cluster.id)"
      try expect(cluster.id < tree.nextID, "the id of \(name) has been given")
      try expect(tree.clusters[cluster.slot] === cluster, "\(name) is in its slot")
      try expect(cluster.children.allSatisfy { $0.parent === cluster }, "\(name) is its children's parent")
      try expect(
        cluster.height == 1 + (cluster.children.map(\.height).max() ?? 0), "\(name) is one level above its children")
      try expect(
        cluster.isLeaf || (2...limits.maxChildren).contains(cluster.children.count),
        "\(name) has 2 to \(limits.maxChildren) children, not \(cluster.children.count)")
    }
  }

  /// Checks that every id has one place, in the lists of a leaf or of the outliers, and that the lists have no other
  /// rows.
  private func checkPlaces(_ clusters: [Cluster]) throws(BrokenInvariant) {
    for (id, place) in store.places {
      let list = store.lists[Int(place.list)]
      try expect(
        Int(place.offset) < list.count && list.ids[Int(place.offset)] == id, "id \(id) is where it is looked up")
    }
    let stored = store.lists.reduce(0) { $0 + $1.count }
    try expect(stored == store.count, "\(stored) rows for \(store.count) ids")
    let leaves = Set(clusters.filter(\.isLeaf).map(\.slot))
    for (number, list) in store.lists.enumerated() where !leaves.contains(Cluster.slot(ofList: number)) {
      if number == Cluster.outliers {
        var isOutlier: [Bool] = []
        withKeptVectors(of: number) { isOutlier = outliers.limit.isOutlier($0, count: $1) }
        try expect(isOutlier.allSatisfy { $0 }, "the outliers are beyond their limit")
      } else {
        try expect(list.count == 0, "list \(number), of no leaf, is empty")
      }
    }
  }

  /// Checks that margins are measured in time.
  private func checkMargins() throws(BrokenInvariant) {
    try expect(trained == nil || !margins.isDue(of: tree.root.population), "the margins of leaves are measured in time")
    let measured = margins.margins
    try expect(measured.sampled <= margins.count, "the margins are of vectors in leaves")
    try expect(
      measured.quantiles.count == (measured.sampled > 0 ? ProbeMargins.count : 0), "all margins are there or none")
  }

  private func checkLeaf(_ leaf: Cluster) throws(BrokenInvariant) {
    let (postings, buffer) = (store.lists[leaf.postings], store.lists[leaf.buffer])
    let name = "leaf \(leaf.id)"
    try expect(leaf.population == postings.count + buffer.count, "the vectors of \(name) are counted")
    try expect(leaf.population > 0 || leaf.parent == nil, "\(name) is not empty")
    // A limit that the tree chooses falls with removals, and a leaf is tested against it when it gets a vector.
    try expect(
      leaf.population <= tree.splitLimit(of: leaf) || leaf.waitsForRoom || settings.limits.maxLeaf == nil,
      "\(name) of \(leaf.population) vectors is not to be split")
    try expect(
      trained == nil ? postings.count == 0 : buffer.count < settings.maxBuffer,
      "\(name) codes its vectors in time: \(postings.count) are, \(buffer.count) wait")
    try expect(
      postings.count == 0 || postings.codedRows(0).count == postings.count, "all postings of \(name) are coded")
    let members = members(of: leaf)
    try expect(
      settings.coding.options.refineStore != .f32 || !outliers.limit.isOutlier(members).contains(true),
      "no vector of \(name) is an outlier")
    try expect(
      leaf.sums, are: members.sum(of: Array(0..<UInt32(members.rows))), "the sums of \(name) are those of its vectors")
  }

  private func checkChildren(of cluster: Cluster) throws(BrokenInvariant) {
    let name = "cluster \(cluster.id)"
    try expect(
      cluster.population == cluster.children.reduce(0) { $0 + $1.population }, "the populations below \(name) add up")
    var sums = [Double](repeating: 0, count: dimension)
    for child in cluster.children { for component in sums.indices { sums[component] += child.sums[component] } }
    try expect(cluster.sums, are: sums, "the sums below \(name) add up")
    var centroid = [Float](repeating: 0, count: dimension)
    for (number, child) in cluster.children.enumerated() {
      child.writeCentroid(metric, to: &centroid)
      let stored = UnsafeBufferPointer(start: cluster.centroids + number * dimension, count: dimension)
      try expect(stored.elementsEqual(centroid), "child \(number) of \(name) is where its centroid says")
    }
  }

  /// Requires sums to be equal to within the precision of a Float32 centroid.
  private func expect(
    _ sums: [Double], are expected: [Double], _ promise: @autoclosure () -> String
  ) throws(BrokenInvariant) {
    let largest = expected.reduce(0) { max($0, abs($1)) }
    let off = zip(sums, expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
    try expect(off <= largest * 0x1p-24 + .leastNormalMagnitude, "\(promise()): off by \(off) of \(largest)")
  }
}
