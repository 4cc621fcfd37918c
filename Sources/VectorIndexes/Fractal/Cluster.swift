import VectorCore

/// One cluster of a `ClusterTree`: a leaf with its vectors in two lists of a store, or an inner cluster with children.
///
/// A cluster stores the number of its vectors and their sum in Float64. The centroid is sum ÷ number in Float32; the
/// parent stores the centroids of all its children next to each other.
final class Cluster {
  /// The id, which no other cluster ever gets.
  let id: UInt64
  /// The index of this cluster in the tree, which also numbers its lists. A freed slot is used again.
  let slot: Int
  unowned var parent: Cluster?
  private(set) var children: [Cluster] = []
  /// The slots of the children, in the same order, so that a search skips children without reading them.
  private(set) var childSlots: [UInt32] = []
  private(set) var population = 0
  /// The sum of all vectors, d components.
  private(set) var sums: [Double]
  /// The greatest absolute component of `sums` before a removal, since the sums were last recomputed.
  ///
  /// Bits below the last bit of this number are lost.
  private(set) var greatestSum = 0.0
  /// The number of levels from this cluster to the deepest leaf below, both included.
  var height = 1
  /// The population above which a leaf that could not be split is tried again; 0 for other leaves.
  var raisedLimit: Int { didSet { isChanged = true } }
  /// Whether the leaf is too large and the tree has no room to split it.
  var waitsForRoom = false { didSet { isChanged = true } }
  /// Whether population, sums, children or limits have changed since this cluster was last written to a file.
  var isChanged = true
  /// The centroids of the children, prepared for the metric, n × d, in the order of the children.
  private var centroidRows: RowMemory

  /// Makes a cluster without vectors.
  init(id: UInt64, slot: Int, dimension: Int) {
    self.id = id
    self.slot = slot
    raisedLimit = 0
    sums = Array(repeating: 0, count: dimension)
    centroidRows = RowMemory(rowBytes: dimension * MemoryLayout<Float>.stride)
  }

  /// Makes a cluster from stored values, without its children.
  init(
    id: UInt64, slot: Int, population: Int, sums: [Double], greatestSum: Double, raisedLimit: Int, waitsForRoom: Bool
  ) {
    self.id = id
    self.slot = slot
    self.population = population
    self.sums = sums
    self.greatestSum = greatestSum
    self.raisedLimit = raisedLimit
    self.waitsForRoom = waitsForRoom
    centroidRows = RowMemory(rowBytes: sums.count * MemoryLayout<Float>.stride)
  }

  var isLeaf: Bool { children.isEmpty }
  var dimension: Int { sums.count }
  /// The list of the leaf's coded vectors; `buffer` is that of the vectors not coded yet.
  var postings: Int { Self.postings(ofSlot: slot) }
  var buffer: Int { Self.buffer(ofSlot: slot) }

  /// The slot whose list holds the outliers, which belong to no cluster; no cluster gets this slot.
  static let outlierSlot = 0
  static let outliers = buffer(ofSlot: outlierSlot)
  static func postings(ofSlot slot: Int) -> Int { 2 * slot }
  static func buffer(ofSlot slot: Int) -> Int { 2 * slot + 1 }
  /// Whether a list is a buffer; otherwise it has postings.
  static func isBuffer(_ list: Int) -> Bool { list % 2 == 1 }
  /// The slot of the cluster to which a list belongs.
  static func slot(ofList list: Int) -> Int { list / 2 }

  /// The centroids of the children, n × d; valid until the children change.
  var centroids: UnsafePointer<Float> { UnsafePointer(centroidRows[0].assumingMemoryBound(to: Float.self)) }
}

// MARK: - Sums

extension Cluster {
  /// Adds one vector to population and sums. - Complexity: O(d).
  func add(_ vector: UnsafePointer<Float>) {
    isChanged = true
    population += 1
    sums.withUnsafeMutableBufferPointer { sums in
      for component in sums.indices { sums[component] += Double(vector[component]) }
    }
  }

  /// Subtracts one vector from population and sums.
  ///
  /// - Returns: whether the sums are still accurate to Float32. They are not after a removal from much larger sums,
  ///   which had already lost lower bits of the remaining vectors.
  /// - Complexity: O(d).
  func remove(_ vector: UnsafePointer<Float>) -> Bool {
    population -= 1
    guard population > 0 else {
      setSums(Array(repeating: 0, count: dimension))
      return true
    }
    return change { -Double(vector[$0]) }
  }

  /// Adds a difference to the sums after vectors of this cluster have changed.
  ///
  /// - Returns: as `remove`.
  /// - Complexity: O(d).
  func shift(by difference: [Double]) -> Bool { change { difference[$0] } }

  /// Adds a difference to each component of the sums; returns as `remove`.
  private func change(by difference: (_ component: Int) -> Double) -> Bool {
    isChanged = true
    var (before, after) = (greatestSum, 0.0)
    sums.withUnsafeMutableBufferPointer { sums in
      for component in sums.indices {
        before = max(before, abs(sums[component]))
        sums[component] += difference(component)
        after = max(after, abs(sums[component]))
      }
    }
    greatestSum = before
    // A Float64 has 29 more significant bits than a Float32. A loss of 25 leaves 4 for the rounding errors of 16
    // vectors.
    return before <= after * 0x1p25
  }

  /// Recomputes the sums over a leaf's vectors, n × d. - Complexity: O(n·d).
  func setMembers(_ vectors: Matrix) { setMembers(Array(0..<UInt32(vectors.rows)), of: vectors) }

  /// Recomputes the sums over a leaf's vectors, given as rows of a matrix. - Complexity: O(n·d).
  func setMembers(_ rows: [UInt32], of vectors: Matrix) {
    population = rows.count
    setSums(vectors.sum(of: rows))
  }

  private func setSums(_ new: [Double]) {
    isChanged = true
    sums = new
    greatestSum = 0
  }

  /// Adds the population and sums of another leaf.
  ///
  /// - Returns: as `remove`.
  /// - Complexity: O(d).
  func absorb(_ other: Cluster) -> Bool {
    population += other.population
    greatestSum = max(greatestSum, other.greatestSum)
    return shift(by: other.sums)
  }

  /// Recomputes the sums over the children. - Complexity: O(n·d).
  func sumChildren() {
    population = children.reduce(0) { $0 + $1.population }
    var sums = [Double](repeating: 0, count: dimension)
    for child in children {
      for component in sums.indices { sums[component] += child.sums[component] }
    }
    setSums(sums)
  }

  /// Writes sum ÷ population, prepared for the metric, to `centroid`, d floats; zeros if there are no vectors.
  func writeCentroid(_ metric: Metric, to centroid: UnsafeMutablePointer<Float>) {
    let share = population > 0 ? 1 / Double(population) : 0
    sums.withUnsafeBufferPointer { sums in
      for component in sums.indices { centroid[component] = Float(sums[component] * share) }
    }
    if metric == .angular { normalize(centroid, count: dimension, into: centroid) }
  }
}

// MARK: - Children

extension Cluster {
  /// Replaces a child by other clusters, or removes it if there are none. The sums stay unchanged.
  func replaceChild(_ child: Cluster, by others: [Cluster], metric: Metric) {
    isChanged = true
    let place = index(of: child)
    children.swapAt(place, children.count - 1)
    children.removeLast()
    childSlots.swapAt(place, childSlots.count - 1)
    childSlots.removeLast()
    centroidRows.swapRemove(at: place)
    adopt(others, metric: metric)
  }

  /// Adds clusters as children. The sums stay unchanged. - Complexity: O(n·d).
  func adopt(_ others: [Cluster], metric: Metric) {
    isChanged = true
    for other in others {
      other.parent = self
      children.append(other)
      childSlots.append(UInt32(other.slot))
      other.writeCentroid(metric, to: centroidRows.append().bindMemory(to: Float.self, capacity: dimension))
    }
  }

  /// Recomputes a child's centroid. - Complexity: O(d), and O(n) for n children.
  func refreshCentroid(of child: Cluster, metric: Metric) {
    child.writeCentroid(metric, to: centroidRows[index(of: child)].assumingMemoryBound(to: Float.self))
  }

  private func index(of child: Cluster) -> Int {
    guard let index = children.firstIndex(where: { $0 === child }) else {
      preconditionFailure("cluster \(child.id) is no child of cluster \(id)")
    }
    return index
  }

  /// Bytes of the sums and the centroids.
  var memoryBytes: Int { sums.count * MemoryLayout<Double>.stride + centroidRows.capacity * centroidRows.rowBytes }
}

extension Matrix {
  /// The sum of these rows in Float64, d components. - Complexity: O(n·d).
  func sum(of rows: [UInt32]) -> [Double] {
    var sums = [Double](repeating: 0, count: columns)
    Kernels.active.sum_gather_f64(baseAddress, rows, rows.count, columns, &sums)
    return sums
  }
}
