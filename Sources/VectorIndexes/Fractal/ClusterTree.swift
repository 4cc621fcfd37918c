import CKernels
import Foundation
import VectorCore

/// The tree of clusters in which a `FractalCore` finds its vectors; the tree does not store the vectors themselves.
///
/// A leaf with too many vectors is split, and so is an inner cluster with too many children. The parent then gets one
/// more child. As in a B-tree, the tree grows at the root, so the order of insertion cannot unbalance it.
final class ClusterTree {
  /// The limits of the tree's shape.
  struct Limits {
    /// The number of vectors above which a leaf is split; `nil`: it grows with the tree.
    let maxLeaf: Int?
    let maxChildren: Int
    let maxDepth: Int

    /// The least limit of a leaf's vectors in a tree that chooses it.
    static let leastLeafLimit = 250

    /// The number of vectors above which a leaf of a tree with this many vectors is split.
    ///
    /// Of the fixed limits 100, 250, 500, 1000 and 2000, the fastest at recall .95 was 250 or 500 for 10 000 and 50 000
    /// vectors, and 1000 for a million.
    func leafLimit(of vectors: Int) -> Int {
      maxLeaf ?? max(Self.leastLeafLimit, Int(12 * cbrt(Double(vectors))))
    }
  }

  /// The beam width with which an insertion finds the leaf of a vector. With width 1, searches in 1300 leaves look at
  /// an eighth more vectors for the same recall; width 4 is no better than 2.
  private static let insertionWidth = 2

  let dimension: Int
  let metric: Metric
  let limits: Limits
  private let seed: UInt64
  private(set) var root: Cluster
  private(set) var leafCount = 1
  /// The clusters by slot; `nil` in free slots and in the slot of the outliers.
  private(set) var clusters: [Cluster?] = []
  /// The free slots in descending order. The smallest is used next, as in a tree that was just read from a file.
  private var freeSlots: [Int] = []
  /// The beam of insertions.
  private var beam = TreeBeam()
  private var nearest = TopK(k: 0)
  /// The id of the next cluster.
  private(set) var nextID: UInt64

  /// Makes a tree with one empty leaf.
  init(dimension: Int, metric: Metric, limits: Limits, seed: UInt64, firstID: UInt64 = 0) {
    self.dimension = dimension
    self.metric = metric
    self.limits = limits
    self.seed = seed
    nextID = firstID
    root = Cluster(
      id: firstID, slot: Cluster.outlierSlot + 1, dimension: dimension)
    nextID += 1
    clusters = [nil, root]
  }

  /// Makes a tree from a root and the clusters below it, as they were stored.
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

  /// The number of levels from the root to the deepest leaf, both included.
  var depth: Int { root.height }

  /// The number of vectors above which a leaf is split, unless splitting it has failed.
  var leafLimit: Int { limits.leafLimit(of: root.population) }

  /// The number of vectors above which this leaf is split.
  func splitLimit(of leaf: Cluster) -> Int { max(leafLimit, leaf.raisedLimit) }

  /// The cluster in a slot, which must not be free.
  subscript(slot: Int) -> Cluster { clusters[slot]! }

  /// All clusters, parents before their children.
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

  /// The centroids of these leaves, n × d, prepared for the metric.
  func centroids(of leaves: [Cluster]) -> Matrix {
    Matrix(rows: leaves.count, columns: dimension) { floats in
      for (number, leaf) in leaves.enumerated() {
        leaf.writeCentroid(metric, to: floats.baseAddress! + number * dimension)
      }
    }
  }

  /// Figures for `IndexStatistics.figures`.
  var figures: [String: Double] {
    let sizes = ClusterStatistics(sizes: leaves.map(\.population))
    let clusters = all.count
    return [
      "depth": Double(depth), "clusters": Double(clusters), "leaves": Double(leafCount),
      // Every cluster but the root is the child of one that is no leaf.
      "fan_out": Double(clusters - 1) / Double(max(clusters - leafCount, 1)),
      "leaf_fill": sizes.mean / Double(leafLimit), "imbalance": sizes.imbalance,
    ]
  }

  var memoryBytes: Int { clusters.reduce(0) { $0 + ($1?.memoryBytes ?? 0) } }

  /// Makes an empty leaf with a new id, not yet in the tree.
  func makeLeaf() -> Cluster {
    let cluster = makeCluster()
    leafCount += 1
    return cluster
  }

  private func makeCluster() -> Cluster {
    let slot = freeSlots.popLast() ?? clusters.count
    let cluster = Cluster(id: nextID, slot: slot, dimension: dimension)
    nextID += 1
    if slot == clusters.count { clusters.append(cluster) } else { clusters[slot] = cluster }
    return cluster
  }

  /// Frees the slot of a cluster that is no longer in the tree.
  private func release(_ cluster: Cluster) {
    clusters[cluster.slot] = nil
    freeSlots.insert(cluster.slot, at: freeSlots.firstIndex { $0 < cluster.slot } ?? freeSlots.count)
  }

  /// The random seed for the split of a cluster.
  func splitSeed(of cluster: Cluster) -> UInt64 {
    var generator = SeededGenerator(seed: seed &+ cluster.id)
    return generator.next()
  }
}

// MARK: - Finding leaves

extension ClusterTree {
  /// The leaf to which a prepared vector belongs: the one with the nearest centroid, by squared L2, that a beam search
  /// finds.
  ///
  /// Of several equally near leaves it is the one in the lowest slot.
  ///
  /// - Complexity: O(`insertionWidth`·d·children·depth).
  func nearestLeaf(to vector: UnsafePointer<Float>) -> Cluster {
    findNearest(Self.insertionWidth, to: vector)
    return self[Int(nearest[0].id)]
  }

  /// The leaves with the centroids nearest to a prepared vector, by squared L2, found by a beam of the given width.
  func nearestLeaves(_ width: Int, to vector: UnsafePointer<Float>) -> [Cluster] {
    findNearest(width, to: vector)
    return (0..<nearest.count).map { self[Int(nearest[$0].id)] }
  }

  private func findNearest(_ width: Int, to vector: UnsafePointer<Float>) {
    beam.findLeaves(width, of: self, nearestTo: vector, by: .euclidean, into: &nearest)
  }
}

// MARK: - Adding and removing vectors

extension ClusterTree {
  /// Adds a vector to a leaf and all clusters above it. - Complexity: O((d + children)·depth).
  func add(_ vector: UnsafePointer<Float>, to leaf: Cluster) {
    forEachOnPath(from: leaf) { $0.add(vector) }
  }

  /// Removes a vector from a leaf and all clusters above it.
  ///
  /// Sums that have lost bits of the remaining vectors are recomputed.
  ///
  /// - Parameter members: the remaining vectors of the leaf.
  /// - Complexity: O((d + children)·depth), plus O(d) for each vector and sibling on the path when sums are recomputed.
  func remove(_ vector: UnsafePointer<Float>, from leaf: Cluster, members: () -> Matrix) {
    change(leaf, members: members) { $0.remove(vector) }
  }

  /// Adds a difference to the sums of a leaf and of the clusters above it, after vectors of the leaf have changed.
  ///
  /// - Parameter members: the current vectors of the leaf.
  /// - Complexity: as `remove`.
  func shift(_ leaf: Cluster, by difference: [Double], members: () -> Matrix) {
    change(leaf, members: members) { $0.shift(by: difference) }
  }

  /// Changes the sums of a leaf and all clusters above it, and recomputes the sums that the change made inexact.
  private func change(_ leaf: Cluster, members: () -> Matrix, _ change: (Cluster) -> Bool) {
    forEachOnPath(from: leaf) { cluster in
      guard !change(cluster) else { return }
      if cluster.isLeaf { cluster.setMembers(members()) } else { cluster.sumChildren() }
    }
  }

  /// Recomputes the sums of all clusters above these leaves from their children.
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

  /// Applies a change to a leaf and then to each cluster above it, and updates the centroids.
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
  /// Whether the leaf can be split without making the tree too deep. - Complexity: O(depth).
  func hasRoomToSplit(_ leaf: Cluster) -> Bool {
    var cluster = leaf
    while let parent = cluster.parent {
      if parent.children.count < limits.maxChildren { return true }
      cluster = parent
    }
    return depth < limits.maxDepth
  }

  /// Replaces a leaf by two leaves whose populations and sums are already set.
  func split(_ leaf: Cluster, into parts: [Cluster]) {
    leafCount -= 1
    replace(leaf, by: parts)
  }

  /// Removes an empty leaf, unless it is the root.
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

  /// Removes an inner cluster if it has one child, or if its parent has enough room for its children.
  ///
  /// This makes a tree flat again when it shrinks.
  private func dissolve(_ cluster: Cluster, in parent: Cluster) {
    let left = cluster.children.count
    guard left == 1 || parent.children.count - 1 + left <= 3 * limits.maxChildren / 4 else { return }
    replace(cluster, by: cluster.children)
  }

  /// The sibling leaf with the nearest centroid, by squared L2; `nil` if there is no sibling leaf.
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

  /// Adds the population and sums of a leaf to a sibling, which keeps its id, and removes the leaf.
  ///
  /// - Parameter members: the vectors of both leaves.
  func merge(_ leaf: Cluster, into sibling: Cluster, members: () -> Matrix) {
    if !sibling.absorb(leaf) { sibling.setMembers(members()) }
    sibling.parent?.refreshCentroid(of: sibling, metric: metric)
    removeLeaf(leaf)
  }

  /// Replaces a cluster by clusters that together have its vectors, and splits the parent if it gets too many children.
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

  /// Splits the children of a cluster, at least four, into two clusters with at least two children and a quarter each.
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
