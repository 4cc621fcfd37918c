import VectorCore

/// Vectors of many overlapping clusters, made from a seed: any row can be computed by itself, with the same bits on every
/// machine.
///
/// A cluster has a centre, whose components have mean 0 and variance 1, and a linear subspace of its own. A vector is the
/// centre of a cluster, plus a random point of the cluster's subspace, plus a little noise in all dimensions: its
/// neighbourhood has about as many dimensions as the subspace. Cluster i is drawn with a weight of 1 ÷ √(i + 1), so that
/// some clusters are much larger than others.
public struct ClusteredVectors: Sendable {
  /// The properties of the vectors.
  public struct Shape: Sendable {
    /// Vectors to index.
    public var rows: Int
    public var dimension: Int
    public var queries: Int
    public var clusters: Int
    /// The standard deviation of a component within a cluster; centres have 1.
    public var spread: Double

    /// - Parameter clusters: `nil` for the square root of `rows`.
    public init(rows: Int, dimension: Int, queries: Int, clusters: Int? = nil, spread: Double = 1) {
      self.rows = rows
      self.dimension = dimension
      self.queries = queries
      self.clusters = clusters ?? max(1, Int(Double(rows).squareRoot()))
      self.spread = spread
    }
  }

  /// The dimension of a cluster's subspace, in vectors of at least so many components.
  static let intrinsicDimension = 16
  /// The standard deviation of the noise, as a fraction of `spread`.
  private static let noise = 0.1

  public let shape: Shape
  public let seed: UInt64
  /// clusters × d.
  private let centers: Matrix
  /// (clusters · subspace dimension) × d: the directions of cluster c follow one another from row c · dimension on.
  private let directions: Matrix
  /// Sums of the weights of all clusters up to each one.
  private let weights: [Double]
  private let subspace: Int

  /// - Complexity: O(clusters · 16 · d) time and memory.
  public init(_ shape: Shape, seed: UInt64) {
    precondition(shape.rows > 0 && shape.dimension > 0 && shape.queries > 0 && shape.clusters > 0 && shape.spread > 0)
    self.shape = shape
    self.seed = seed
    subspace = min(Self.intrinsicDimension, shape.dimension)
    var random = Self.generator(seed, .clusters)
    centers = Matrix(rows: shape.clusters, columns: shape.dimension) { elements in
      for place in elements.indices { elements.initializeElement(at: place, to: Float(random.nextBell())) }
    }
    // A sum of `subspace` such directions with normal factors has the standard deviation `spread` in each component.
    let scale = shape.spread / Double(subspace).squareRoot()
    directions = Matrix(rows: shape.clusters * subspace, columns: shape.dimension) { elements in
      for place in elements.indices { elements.initializeElement(at: place, to: Float(scale * random.nextBell())) }
    }
    var sum = 0.0
    weights = (0..<shape.clusters).map { cluster in
      sum += 1 / Double(cluster + 1).squareRoot()
      return sum
    }
  }

  /// The vectors to index with these row numbers. - Complexity: O(rows · 16 · d), on all cores.
  public func rows(_ range: Range<Int>, threads: Int) -> Matrix { vectors(range, of: .rows, threads: threads) }

  /// All queries, drawn as the rows are. - Complexity: O(queries · 16 · d), on all cores.
  public func queries(threads: Int) -> Matrix { vectors(0..<shape.queries, of: .queries, threads: threads) }

  // MARK: - Vectors

  private enum Stream: UInt64 {
    case clusters, rows, queries
  }

  private static func generator(_ seed: UInt64, _ stream: Stream, _ number: Int = 0) -> SeededGenerator {
    var mixed = SeededGenerator(seed: seed &+ stream.rawValue &* 0x9FB2_1C65_1E98_DF25)
    let start = mixed.next()
    var own = SeededGenerator(seed: start ^ UInt64(number) &* 0xD134_2543_DE82_EF95)
    return SeededGenerator(seed: own.next())
  }

  private func vectors(_ range: Range<Int>, of stream: Stream, threads: Int) -> Matrix {
    Matrix(rows: range.count, columns: shape.dimension) { elements in
      elements.initialize(repeating: 0)
      let target = Disjoint(elements)
      parallelChunks(of: range.count, chunk: 1024, threads: threads) { _, places in
        for place in places {
          var random = Self.generator(seed, stream, range.lowerBound + place)
          fill(target, from: place * shape.dimension, &random)
        }
      }
    }
  }

  private func fill(_ target: Disjoint<Float>, from first: Int, _ random: inout SeededGenerator) {
    let d = shape.dimension
    let cluster = cluster(at: random.nextUnit())
    let noise = Float(Self.noise * shape.spread)
    let center = centers.baseAddress + cluster * d
    for column in 0..<d { target[first + column] = center[column] + noise * Float(random.nextBell()) }
    for direction in 0..<subspace {
      let factor = Float(random.nextBell())
      let step = directions.baseAddress + (cluster * subspace + direction) * d
      for column in 0..<d { target[first + column] += factor * step[column] }
    }
  }

  /// The cluster at a point of [0, 1) of all weights.
  private func cluster(at unit: Double) -> Int {
    let point = unit * (weights.last ?? 0)
    var (low, high) = (0, weights.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if weights[middle] > point { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

extension SeededGenerator {
  /// A number with mean 0, variance 1 and nearly a normal distribution, between −3.47 and 3.47.
  ///
  /// It is a sum of four uniform numbers of 16 bits, so that it has the same bits on every machine, which a logarithm of
  /// the system's library would not have.
  fileprivate mutating func nextBell() -> Double {
    let bits = next()
    let sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48)
    // Four uniform numbers of 0…65535 have the mean 131070 and the variance (65536² − 1) ÷ 3.
    return (Double(sum) - 131_070) / 37_837.22
  }
}

extension ClusteredVectors {
  /// Writes a dataset in the layout of ann-benchmarks, block by block; `progress` gets the part, the rows written, and all.
  ///
  /// - Throws: `DatasetError.output`, `.file`; an older file is then as it was.
  /// - Complexity: O((n + q) · 16 · d), in memory for a block.
  public func write(
    to target: String, metric: Metric, groundTruth: GroundTruth, threads: Int,
    progress: DatasetConversion.Progress = { _, _, _ in }
  ) throws(DatasetError) {
    let train = MemoryTable(
      path: target, part: "train", rows: shape.rows, columns: shape.dimension, elementType: .float32
    ) { range in
      let block = rows(range, threads: threads)
      return withExtendedLifetime(block) {
        Array(UnsafeRawBufferPointer(start: block.baseAddress, count: 4 * range.count * shape.dimension))
      }
    }
    let dataset = try StoredDataset(
      name: StoredDataset.stem(of: target), path: target, metric: metric, train: train,
      test: MemoryTable(queries(threads: threads), path: target, part: "test"),
      truth: StoredTruth(groundTruth, path: target))
    try WholeFiles.write(to: [target]) { (drafts) throws(DatasetError) in
      try AnnBenchmarksWriter(dataset).write(drafts[0], progress: progress)
    }
  }
}
