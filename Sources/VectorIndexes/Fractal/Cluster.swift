import VectorCore

/// One cluster of a `ClusterTree`: a leaf, whose vectors stand in two lists of a store, or the union of its children.
///
/// Of its vectors it keeps their number and their sum in Float64; the centroid is their quotient in Float32, and stands
/// beside those of its siblings in the parent's memory.
final class Cluster {
  /// Never given to another cluster.
  let id: UInt64
  /// Where the tree keeps it, and by which its lists are numbered; given to another cluster when this one is gone.
  let slot: Int
  unowned var parent: Cluster?
  private(set) var children: [Cluster] = []
  /// Beside them: their slots, so that a search passes over children without touching them.
  private(set) var childSlots: [UInt32] = []
  private(set) var population = 0
  /// d sums of the components.
  private(set) var sums: [Double]
  /// The greatest absolute sum from which vectors have been taken since all were last summed.
  ///
  /// What was below its last bit is lost.
  private(set) var greatestSum = 0.0
  /// Levels from here down to the farthest leaf, this one included.
  var height = 1
  /// The population from which on a leaf is to be split: more than the tree's limit once that has proved impossible.
  var splitLimit: Int { didSet { isChanged = true } }
  /// Whether a leaf has become too large in a tree without room to split it.
  var waitsForRoom = false { didSet { isChanged = true } }
  /// Whether population, sums, children or limits have changed since somebody wrote them down and said so here.
  var isChanged = true
  /// The children's centroids, prepared for the metric, n × d, in the order of the children.
  private var centroidRows: RowMemory

  /// Makes a cluster without vectors.
  init(id: UInt64, slot: Int, dimension: Int, splitLimit: Int) {
    self.id = id
    self.slot = slot
    self.splitLimit = splitLimit
    sums = Array(repeating: 0, count: dimension)
    centroidRows = RowMemory(rowBytes: dimension * MemoryLayout<Float>.stride)
  }

  /// Makes a cluster as it once was, without its children.
  init(
    id: UInt64, slot: Int, population: Int, sums: [Double], greatestSum: Double, splitLimit: Int, waitsForRoom: Bool
  ) {
    self.id = id
    self.slot = slot
    self.population = population
    self.sums = sums
    self.greatestSum = greatestSum
    self.splitLimit = splitLimit
    self.waitsForRoom = waitsForRoom
    centroidRows = RowMemory(rowBytes: sums.count * MemoryLayout<Float>.stride)
  }

  var isLeaf: Bool { children.isEmpty }
  var dimension: Int { sums.count }
  /// The list of a leaf's vectors that are coded, and that of those that are not yet.
  var postings: Int { Self.postings(ofSlot: slot) }
  var buffer: Int { Self.buffer(ofSlot: slot) }

  /// The slot that no cluster gets, and the list there: that of the outliers, which belong to no cluster.
  static let outlierSlot = 0
  static let outliers = buffer(ofSlot: outlierSlot)
  static func postings(ofSlot slot: Int) -> Int { 2 * slot }
  static func buffer(ofSlot slot: Int) -> Int { 2 * slot + 1 }
  /// Whether a list is a buffer, not postings.
  static func isBuffer(_ list: Int) -> Bool { list % 2 == 1 }
  /// The slot of the cluster to which a list belongs.
  static func slot(ofList list: Int) -> Int { list / 2 }

  /// n × d; valid until the children change.
  var centroids: UnsafePointer<Float> { UnsafePointer(centroidRows[0].assumingMemoryBound(to: Float.self)) }
}

// MARK: - Sums

extension Cluster {
  /// Counts one vector in. - Complexity: O(d).
  func add(_ vector: UnsafePointer<Float>) {
    isChanged = true
    population += 1
    sums.withUnsafeMutableBufferPointer { sums in
      for component in sums.indices { sums[component] += Double(vector[component]) }
    }
  }

  /// Counts one vector out.
  ///
  /// - Returns: whether the sums are as good as if the vector had never been in: not when they have been so much larger
  ///   that what is left has lost bits which a Float32 centroid shows.
  /// - Complexity: O(d).
  func remove(_ vector: UnsafePointer<Float>) -> Bool {
    population -= 1
    guard population > 0 else {
      setSums(Array(repeating: 0, count: dimension))
      return true
    }
    return change { -Double(vector[$0]) }
  }

  /// Adds to the sums what has changed about vectors that are counted in.
  ///
  /// - Returns: as `remove`.
  /// - Complexity: O(d).
  func shift(by difference: [Double]) -> Bool { change { difference[$0] } }

  /// Adds to each sum.
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
    // Of the 29 bits by which a Float64 is longer, so many remain for the roundings of 16 vectors.
    return before <= after * 0x1p25
  }

  /// Recomputes the sums over a leaf's vectors, n × d. - Complexity: O(n·d).
  func setMembers(_ vectors: Matrix) { setMembers(Array(0..<UInt32(vectors.rows)), of: vectors) }

  /// Recomputes the sums over a leaf's vectors: these rows of a matrix. - Complexity: O(n·d).
  func setMembers(_ rows: [UInt32], of vectors: Matrix) {
    population = rows.count
    setSums(vectors.sum(of: rows))
  }

  private func setSums(_ new: [Double]) {
    isChanged = true
    sums = new
    greatestSum = 0
  }

  /// Counts another leaf's vectors in.
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

  /// Writes sum ÷ population, prepared for the metric, to `centroid`, d floats; zero without vectors.
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
  /// Puts others in a child's place, none to take it away, and becomes their parent; sums stay as they are.
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

  /// Becomes the parent of more clusters; sums stay as they are. - Complexity: O(n·d).
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

  /// Bytes of sums and centroids.
  var memoryBytes: Int { sums.count * MemoryLayout<Double>.stride + centroidRows.capacity * centroidRows.rowBytes }
}

extension Matrix {
  /// The sum of these rows in Float64, d of them. - Complexity: O(n·d).
  func sum(of rows: [UInt32]) -> [Double] {
    var sums = [Double](repeating: 0, count: columns)
    Kernels.active.sum_gather_f64(baseAddress, rows, rows.count, columns, &sums)
    return sums
  }
}
