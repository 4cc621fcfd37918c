import CKernels
import VectorCore

/// The tree of clusters that a `FractalCore` finds its vectors by; of the vectors themselves it keeps nothing.
///
/// A cluster that gets too many children is split as a leaf with too many vectors is, and its parent gets one child
/// more: the tree grows at the root, as a B-tree does, so that the order in which vectors come can't unbalance it.
final class ClusterTree {
  /// What bounds the tree's shape.
  struct Limits {
    let maxLeaf: Int
    let maxChildren: Int
    let maxDepth: Int
  }

  /// The width of the beam by which vectors find the leaf they belong to: with one, searches in 1300 leaves have to look at
  /// an eighth more vectors for the same recall; four do no better than two.
  private static let insertionWidth = 2

  let dimension: Int
  let metric: Metric
  let limits: Limits
  private let seed: UInt64
  private(set) var root: Cluster
  private(set) var leafCount = 1
  /// By slot; nil where the slot is free, and for that of the outliers.
  private(set) var clusters: [Cluster?] = []
  /// The greatest first: the smallest is used next, as in a tree that has just been read.
  private var freeSlots: [Int] = []
  /// Of insertions.
  private var beam = TreeBeam()
  private var nearest = TopK(k: 0)
  /// The id of the next cluster.
  private(set) var nextID: UInt64

  /// Makes a tree of one empty leaf.
  init(dimension: Int, metric: Metric, limits: Limits, seed: UInt64, firstID: UInt64 = 0) {
    self.dimension = dimension
    self.metric = metric
    self.limits = limits
    self.seed = seed
    nextID = firstID
    root = Cluster(
      id: firstID, slot: Cluster.outlierSlot + 1, dimension: dimension, splitLimit: limits.maxLeaf)
    nextID += 1
    clusters = [nil, root]
  }

  /// Makes a tree of the clusters below a root, which are as they once were.
  init(dimension: Int, metric: Metric, limits: Limits, seed: UInt64, root: Cluster, nextID: UInt64) {
    self.dimension = dimension
    self.metric = metric
    self.limits = limits
    self.seed = seed
    self.root = root
    self.nextID = nextID
    let all = all
    leafCount = all.count(where: \.isLeaf)
    clusters = Array(repeating: nil, count: 1 + (all.map(\.slot).max() ?? 0))
    for cluster in all { clusters[cluster.slot] = cluster }
    freeSlots = clusters.indices.reversed().filter { clusters[$0] == nil && $0 != Cluster.outlierSlot }
    for cluster in all.reversed() { cluster.height = 1 + (cluster.children.map(\.height).max() ?? 0) }
  }

  /// Levels from the root to the farthest leaf, both included.
  var depth: Int { root.height }

  /// The cluster in a slot.
  subscript(slot: Int) -> Cluster { clusters[slot]! }

  /// Every cluster, parents before their children.
  var all: [Cluster] {
    var found = [root]
    var next = 0
    while next < found.count {
      found += found[next].children
      next += 1
    }
    return found
  }

  var leaves: [Cluster] { all.filter(\.isLeaf) }

  /// The figures of `IndexStatistics`.
  var figures: [String: Double] {
    let sizes = ClusterStatistics(sizes: leaves.map(\.population))
    let clusters = all.count
    return [
      "depth": Double(depth), "clusters": Double(clusters), "leaves": Double(leafCount),
      // Every cluster but the root is the child of one that is no leaf.
      "fan_out": Double(clusters - 1) / Double(max(clusters - leafCount, 1)),
      "leaf_fill": sizes.mean / Double(limits.maxLeaf), "imbalance": sizes.imbalance,
    ]
  }

  var memoryBytes: Int { clusters.reduce(0) { $0 + ($1?.memoryBytes ?? 0) } }

  /// Makes an empty leaf that is in no tree yet, under an id of its own.
  func makeLeaf() -> Cluster {
    let cluster = makeCluster()
    leafCount += 1
    return cluster
  }

  private func makeCluster() -> Cluster {
    let slot = freeSlots.popLast() ?? clusters.count
    let cluster = Cluster(id: nextID, slot: slot, dimension: dimension, splitLimit: limits.maxLeaf)
    nextID += 1
    if slot == clusters.count { clusters.append(cluster) } else { clusters[slot] = cluster }
    return cluster
  }

  /// Frees the slot of a cluster that is in the tree no more.
  private func release(_ cluster: Cluster) {
    clusters[cluster.slot] = nil
    freeSlots.insert(cluster.slot, at: freeSlots.firstIndex { $0 < cluster.slot } ?? freeSlots.count)
  }

  /// The randomness of a cluster's split.
  func splitSeed(of cluster: Cluster) -> UInt64 {
    var generator = SeededGenerator(seed: seed &+ cluster.id)
    return generator.next()
  }
}

// MARK: - Finding

extension ClusterTree {
  /// The leaf that a prepared vector belongs to: the one with the nearest centroid, by squared L2, that a beam finds; of
  /// equal ones that in the lowest slot.
  ///
  /// - Complexity: O(`insertionWidth`·d·children·depth).
  func nearestLeaf(to vector: UnsafePointer<Float>) -> Cluster {
    findNearest(Self.insertionWidth, to: vector)
    return self[Int(nearest[0].id)]
  }

  /// The leaves with the centroids nearest to a prepared vector, by squared L2, as far as a beam as wide finds them.
  func nearestLeaves(_ width: Int, to vector: UnsafePointer<Float>) -> [Cluster] {
    findNearest(width, to: vector)
    return (0..<nearest.count).map { self[Int(nearest[$0].id)] }
  }

  private func findNearest(_ width: Int, to vector: UnsafePointer<Float>) {
    beam.findLeaves(width, of: self, nearestTo: vector, by: .euclidean, into: &nearest)
  }
}

// MARK: - Counting vectors in and out

extension ClusterTree {
  /// Counts a vector into a leaf and all clusters above it. - Complexity: O((d + children)·depth).
  func add(_ vector: UnsafePointer<Float>, to leaf: Cluster) {
    forEachOnPath(from: leaf) { $0.add(vector) }
  }

  /// Counts a vector out of a leaf and all clusters above it.
  ///
  /// Where it was so large that sums have lost bits of the other vectors, these are recomputed.
  ///
  /// - Parameter members: the leaf's other vectors.
  /// - Complexity: O((d + children)·depth); where sums are recomputed O(d) more for each vector and sibling on the path.
  func remove(_ vector: UnsafePointer<Float>, from leaf: Cluster, members: () -> Matrix) {
    change(leaf, members: members) { $0.remove(vector) }
  }

  /// Takes into a leaf's sums, and those above it, what has changed about its vectors.
  ///
  /// - Parameter members: the leaf's vectors as they are now.
  /// - Complexity: as `remove`'s.
  func shift(_ leaf: Cluster, by difference: [Double], members: () -> Matrix) {
    change(leaf, members: members) { $0.shift(by: difference) }
  }

  /// Changes the sums of a leaf and all clusters above it, and recomputes those that the change leaves inexact.
  private func change(_ leaf: Cluster, members: () -> Matrix, _ change: (Cluster) -> Bool) {
    forEachOnPath(from: leaf) { cluster in
      guard !change(cluster) else { return }
      if cluster.isLeaf { cluster.setMembers(members()) } else { cluster.sumChildren() }
    }
  }

  /// Recomputes the sums over the children of all clusters above these leaves, whose vectors are counted.
  func sumAbove(_ leaves: [Cluster]) {
    var level = leaves
    while !level.isEmpty {
      var parents: [UInt64: Cluster] = [:]
      for cluster in level {
        guard let parent = cluster.parent else { continue }
        parent.refreshCentroid(of: cluster, metric: metric)
        parents[parent.id] = parent
      }
      for parent in parents.values { parent.sumChildren() }
      level = Array(parents.values)
    }
  }

  /// Changes a leaf and then each cluster above it, and the centroids accordingly.
  private func forEachOnPath(from leaf: Cluster, _ change: (Cluster) -> Void) {
    var next: Cluster? = leaf
    while let cluster = next {
      change(cluster)
      next = cluster.parent
      next?.refreshCentroid(of: cluster, metric: metric)
    }
  }
}

// MARK: - Changing shape

extension ClusterTree {
  /// Whether a leaf can become two: not where that would make the tree deeper than it may be. - Complexity: O(depth).
  func hasRoomToSplit(_ leaf: Cluster) -> Bool {
    var cluster = leaf
    while let parent = cluster.parent {
      if parent.children.count < limits.maxChildren { return true }
      cluster = parent
    }
    return depth < limits.maxDepth
  }

  /// Puts two leaves, whose vectors are counted, in the place of one.
  func split(_ leaf: Cluster, into parts: [Cluster]) {
    leafCount -= 1
    replace(leaf, by: parts)
  }

  /// Takes an empty leaf out; the root stays.
  func removeLeaf(_ leaf: Cluster) {
    guard let parent = leaf.parent else { return }
    leafCount -= 1
    parent.replaceChild(leaf, by: [], metric: metric)
    release(leaf)
    refreshHeights(from: parent)
    for child in parent.children where !child.isLeaf { dissolve(child, in: parent) }
    if let grandparent = parent.parent {
      dissolve(parent, in: grandparent)
    } else if parent.children.count == 1 {
      replace(parent, by: parent.children)
    }
  }

  /// Takes an inner cluster out whose children its parent can take, with room to spare, or which has one child.
  ///
  /// So trees that shrink get flat again.
  private func dissolve(_ cluster: Cluster, in parent: Cluster) {
    let left = cluster.children.count
    guard left == 1 || parent.children.count - 1 + left <= 3 * limits.maxChildren / 4 else { return }
    replace(cluster, by: cluster.children)
  }

  /// The leaf nearest to this one, by squared L2 between centroids, among its siblings; nil when it has none.
  func nearestSiblingLeaf(of leaf: Cluster) -> Cluster? {
    guard let parent = leaf.parent else { return nil }
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: dimension + parent.children.count) { room in
      let (centroid, distances) = (room.baseAddress!, room.baseAddress! + dimension)
      leaf.writeCentroid(metric, to: centroid)
      Kernels.active.l2_f32(centroid, parent.centroids, parent.children.count, dimension, distances)
      let leaves = parent.children.indices.filter { parent.children[$0].isLeaf && parent.children[$0] !== leaf }
      return leaves.min { distances[$0] < distances[$1] }.map { parent.children[$0] }
    }
  }

  /// Counts the vectors of a leaf into a sibling, which keeps its id, and takes the leaf out.
  ///
  /// - Parameter members: the vectors of both.
  func merge(_ leaf: Cluster, into sibling: Cluster, members: () -> Matrix) {
    if !sibling.absorb(leaf) { sibling.setMembers(members()) }
    sibling.parent?.refreshCentroid(of: sibling, metric: metric)
    removeLeaf(leaf)
  }

  /// Puts clusters that together have the vectors of one in its place; what gets too many children is split.
  private func replace(_ cluster: Cluster, by parts: [Cluster]) {
    let parent = cluster.parent
    release(cluster)
    guard let parent else {
      root = parts.count == 1 ? parts[0] : makeParent(of: parts)
      root.parent = nil
      return
    }
    parent.replaceChild(cluster, by: parts, metric: metric)
    if parent.children.count > limits.maxChildren { splitChildren(of: parent) } else { refreshHeights(from: parent) }
  }

  /// Parts the children of a cluster, at least four, in two clusters, of which neither has one child or less than a
  /// quarter.
  private func splitChildren(of cluster: Cluster) {
    let children = cluster.children
    let centroids = Matrix(rows: children.count, columns: dimension) { floats in
      floats.baseAddress?.initialize(from: cluster.centroids, count: children.count * dimension)
    }
    let isSecond = TwoMeans.parts(
      of: centroids, least: max(2, children.count / 4), metric: metric, seed: splitSeed(of: cluster), threads: 1)
    let parts = [false, true].map { side in
      makeParent(of: children.indices.filter { isSecond[$0] == side }.map { children[$0] })
    }
    replace(cluster, by: parts)
  }

  private func makeParent(of children: [Cluster]) -> Cluster {
    let parent = makeCluster()
    parent.adopt(children, metric: metric)
    parent.sumChildren()
    parent.height = 1 + (children.map(\.height).max() ?? 0)
    return parent
  }

  private func refreshHeights(from cluster: Cluster) {
    var next: Cluster? = cluster
    while let cluster = next {
      cluster.height = 1 + (cluster.children.map(\.height).max() ?? 0)
      next = cluster.parent
    }
  }
}
