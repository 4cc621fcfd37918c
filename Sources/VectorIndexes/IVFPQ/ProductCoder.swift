import CKernels
import VectorCore

/// How vectors become product codes and codes distances: codebooks, and the centroids that residuals are taken from.
struct ProductCoder: Sendable {
  let quantizer: ProductQuantizer
  let metric: Metric
  /// nlist × d; nil where vectors are coded as they are.
  let centers: Matrix?
  /// Applied before coding; nil: none.
  let rotation: Rotation?
  /// The centres as tables of one list need them: turned.
  private let turnedCenters: Matrix?

  /// Trains the codebooks on the sample that the coarse quantizer was trained on.
  ///
  /// - Parameters:
  ///   - sample: n × d, prepared; at least one a codeword.
  init(
    training sample: Matrix, coarse: CoarseQuantizer, configuration: IVFPQConfiguration, metric: Metric, seed: UInt64,
    threads: Int
  ) {
    self.metric = metric
    let centers = configuration.codesResiduals ? coarse.centroids.matrix : nil
    let labels = configuration.codesResiduals ? coarse.assign(sample, threads: threads) : []
    let (m, nbits) = (configuration.shape.m, configuration.shape.nbits)
    var generator = SeededGenerator(seed: seed)
    let coded = Self.residuals(of: sample, labels: labels[...], from: centers)
    let rotation: Rotation? =
      switch configuration.rotation {
      case .none: nil
      case .random: .random(dimension: sample.columns, seed: generator.next(), threads: threads)
      case .opq: .opq(coded, m: m, nbits: nbits, seed: generator.next(), threads: threads)
      }
    quantizer = ProductQuantizer.train(
      rotation?.apply(coded, threads: threads) ?? coded, m: m, nbits: nbits,
      iterations: 2 * configuration.maxIterations, seed: generator.next(), threads: threads)
    self.centers = centers
    self.rotation = rotation
    turnedCenters = centers.map { rotation?.apply($0, threads: threads) ?? $0 }
  }

  /// Whether distance tables depend on the list: not under metrics that are sums of products.
  var hasTablesPerList: Bool { centers != nil && tableMetric != rbk_pq_negative_dot }

  private var tableMetric: rbk_pq_metric {
    switch metric {
    case .euclidean: rbk_pq_l2
    case .manhattan: rbk_pq_l1
    case .angular, .dot: rbk_pq_negative_dot
    case .hamming: preconditionFailure("hamming is refused")
    }
  }

  var memoryBytes: Int {
    let rows = quantizer.ksub + (rotation == nil ? 0 : quantizer.dimension + (centers?.rows ?? 0))
    return rows * quantizer.dimension * MemoryLayout<Float>.stride
  }

  /// What is coded for each vector, but for the rotation: the vector, or its difference from its list's centroid.
  private static func residuals(of vectors: Matrix, labels: ArraySlice<Int32>, from centers: Matrix?) -> Matrix {
    guard let centers else { return vectors }
    return vectors.residuals { centers.baseAddress + Int(labels[labels.startIndex + $0]) * centers.columns }
  }

  /// The row-major codes of prepared vectors, n × m·nbits/8. - Complexity: O(n·d·ksub), O(n·d²) more for a rotation.
  func encode(_ vectors: Matrix, labels: [Int32], threads: Int) -> [UInt8] {
    let bytes = quantizer.bytesPerCode
    return [UInt8](unsafeUninitializedCapacity: vectors.rows * bytes) { codes, count in
      count = vectors.rows * bytes
      let codes = Disjoint(codes)
      parallelChunks(of: vectors.rows, chunk: 1024, threads: threads) { _, rows in
        let residuals = Self.residuals(of: vectors[rows: rows], labels: labels[rows], from: centers)
        let coded = rotation?.apply(residuals, threads: 1) ?? residuals
        quantizer.encode(coded.baseAddress, count: rows.count, into: codes.address(rows.lowerBound * bytes))
      }
    }
  }

  /// The vectors, n × d, that row-major codes in these lists stand for. - Complexity: as `encode`'s.
  func decode(_ codes: [UInt8], lists: [UInt32], threads: Int) -> Matrix {
    let turned = quantizer.decode(codes, threads: threads)
    let residuals = rotation?.inverse.apply(turned, threads: threads) ?? turned
    guard let centers else { return residuals }
    return Matrix(rows: residuals.rows, columns: residuals.columns) { floats in
      for row in 0..<residuals.rows {
        let (residual, center) = (residuals[row: row], centers[row: Int(lists[row])])
        for component in center.indices {
          floats[row * residuals.columns + component] = residual[component] + center[component]
        }
      }
    }
  }

  /// A prepared query as the tables need it: turned into `room`, d floats, where there is a rotation.
  func turned(_ query: UnsafePointer<Float>, room: UnsafeMutablePointer<Float>) -> UnsafePointer<Float> {
    guard let rotation else { return query }
    rotation.apply(query, into: room)
    return UnsafePointer(room)
  }

  /// Writes the float tables for the codes of a list, m × ksub: what their entries sum up to is the distance, by which
  /// neighbours are compared, less `offset`.
  ///
  /// - Parameters:
  ///   - query: prepared and turned, d floats.
  ///   - list: nil where tables don't depend on it.
  ///   - room: d floats.
  func writeTables(
    for query: UnsafePointer<Float>, list: Int?, room: UnsafeMutablePointer<Float>,
    into tables: UnsafeMutablePointer<Float>
  ) {
    var target = query
    if let centers = turnedCenters, let list {
      let center = centers.baseAddress + list * centers.columns
      for component in 0..<centers.columns { room[component] = query[component] - center[component] }
      target = UnsafePointer(room)
    }
    Kernels.active.pq.pointee.tables(
      target, quantizer.codebooks.baseAddress, quantizer.m, quantizer.ksub, quantizer.dsub, tableMetric, tables)
  }

  /// What the distances of a list have in common: the 1 of `angular`, and the centroid's product with the query.
  func offset(of list: Int, from query: UnsafePointer<Float>) -> Float {
    let constant: Float = metric == .angular ? 1 : 0
    guard let centers, tableMetric == rbk_pq_negative_dot else { return constant }
    var product: Float = 0
    Kernels.active.dot_f32(query, centers.baseAddress + list * centers.columns, 1, centers.columns, &product)
    return constant - product
  }
}
