import CKernels
import VectorCore

/// Encodes vectors as product codes, and computes distances from codes: codebooks, rotation and centres.
struct ProductCoder: Sendable {
  let quantizer: ProductQuantizer
  let metric: Metric
  /// The points from which residuals are taken: one row per list, or 1 × d if all lists share the mean.
  let centers: Matrix
  /// The list of the outliers, which are encoded differently; `nil` if outliers are not encoded.
  let outlierList: Int?
  /// Whether each list has its own centre.
  let hasCenterPerList: Bool
  /// The rotation applied before encoding; `nil`: none.
  let rotation: Rotation?
  /// The centres after the rotation.
  let turnedCenters: Matrix
  /// The mean of the training vectors after the rotation, 1 × d.
  ///
  /// Tables for estimates are computed for the query's residual from this mean, where numbers are small and 8 bits are
  /// most accurate.
  let turnedMean: Matrix
  /// The rounding of the offsets of corrections to 16 bits.
  var offsets = RoundedRange(holding: [])
  /// The mean of ‖x − x̂‖² over a sample of the training vectors, where x̂ is the decoded x.
  var reconstructionError = 0.0

  /// Trains the codebooks.
  ///
  /// - Parameters:
  ///   - sample: n × d, prepared; at least one vector per codeword, and no outliers.
  ///   - lists: the centres from which residuals are taken, one row per list, and the list of each vector of the
  ///     sample; `nil`: residuals are taken from the mean of the sample.
  ///   - outlierList: the list of the outliers, if outliers are encoded.
  init(
    training sample: Matrix, lists: (centers: Matrix, labels: [Int32])?, outlierList: Int?,
    configuration: ProductCoding, metric: Metric, seed: UInt64, threads: Int
  ) {
    self.metric = metric
    self.outlierList = outlierList
    let mean = Matrix([sample.mean])
    hasCenterPerList = lists != nil
    centers = lists?.centers ?? mean
    let labels = lists?.labels ?? []
    let (m, nbits) = (configuration.shape.m, configuration.shape.nbits)
    var generator = SeededGenerator(seed: seed)
    let coded = Self.residuals(of: sample, labels: labels[...], from: centers)
    let rotation: Rotation? =
      switch configuration.rotation {
      case .none: nil
      case .random: .random(dimension: sample.columns, seed: generator.next(), threads: threads)
      case .opq: .opq(coded, m: m, nbits: nbits, seed: generator.next(), threads: threads)
      }
    func turned(_ vectors: Matrix) -> Matrix { rotation?.apply(vectors, threads: threads) ?? vectors }
    let threshold = Float(configuration.anisotropic)
    quantizer = ProductQuantizer.train(
      turned(coded), directions: threshold > 0 ? turned(sample) : nil, anisotropicThreshold: threshold, m: m,
      nbits: nbits, iterations: configuration.iterations, seed: generator.next(), threads: threads)
    self.rotation = rotation
    turnedCenters = turned(centers)
    turnedMean = turned(mean)
    fit(to: sample, labels: labels)
  }

  /// Restores trained values.
  ///
  /// - Parameters:
  ///   - centers: one row per list, or 1 × d if all lists share one.
  ///   - turnedMean: 1 × d.
  init(
    quantizer: ProductQuantizer, metric: Metric, centers: Matrix, hasCenterPerList: Bool, outlierList: Int?,
    rotation: Rotation?, turnedMean: Matrix, offsets: RoundedRange, reconstructionError: Double, threads: Int
  ) {
    self.quantizer = quantizer
    self.metric = metric
    self.centers = centers
    self.hasCenterPerList = hasCenterPerList
    self.outlierList = outlierList
    self.rotation = rotation
    turnedCenters = rotation?.apply(centers, threads: threads) ?? centers
    self.turnedMean = turnedMean
    self.offsets = offsets
    self.reconstructionError = reconstructionError
  }

  /// Whether distance tables depend on the list; not under metrics that are sums of products.
  var hasTablesPerList: Bool { hasCenterPerList && tableMetric != rbk_pq_negative_dot }

  var tableMetric: rbk_pq_metric {
    switch metric {
    case .euclidean: rbk_pq_l2
    case .manhattan: rbk_pq_l1
    case .angular, .dot: rbk_pq_negative_dot
    case .hamming: preconditionFailure("hamming is refused")
    }
  }

  var memoryBytes: Int {
    let rows = quantizer.ksub + centers.rows + (rotation == nil ? 0 : quantizer.dimension + centers.rows) + 2
    return rows * quantizer.dimension * MemoryLayout<Float>.stride
  }

  /// The index of the centre of a list.
  func center(ofList list: Int) -> Int { hasCenterPerList ? list : 0 }

  /// The residuals of vectors from the centres of their lists, before the rotation.
  static func residuals(of vectors: Matrix, labels: ArraySlice<Int32>, from centers: Matrix) -> Matrix {
    vectors.residuals {
      centers.baseAddress + (labels.isEmpty ? 0 : Int(labels[labels.startIndex + $0]) * centers.columns)
    }
  }

  /// The codes of prepared vectors and their corrections. - Complexity: O(n·d·ksub), plus O(n·d²) for a rotation.
  ///
  /// - Parameter labels: the list of each vector; empty if all lists share one centre.
  func encode(_ vectors: Matrix, labels: [Int32], threads: Int) -> ProductCodes {
    let bytes = quantizer.bytesPerCode
    var codes = [UInt8](repeating: 0, count: vectors.rows * bytes)
    var corrections = [ProductCorrection](repeating: ProductCorrection(offset: 0, factor: 0), count: vectors.rows)
    codes.withUnsafeMutableBufferPointer { codes in
      corrections.withUnsafeMutableBufferPointer { corrections in
        let (codes, corrections) = (Disjoint(codes), Disjoint(corrections))
        parallelChunks(of: vectors.rows, chunk: 1024, threads: threads) { _, rows in
          let outliers = rows.filter { isOutlier(labels, $0) }
          let labels = hasCenterPerList ? labels[rows] : []
          var residuals = Self.residuals(of: vectors[rows: rows], labels: labels, from: centers)
          if !outliers.isEmpty {
            residuals = scaling(outliers.map { $0 - rows.lowerBound }, in: residuals, of: vectors[rows: rows])
          }
          let coded = rotation?.apply(residuals, threads: 1) ?? residuals
          let code = codes.address(rows.lowerBound * bytes)
          encode(coded, of: vectors[rows: rows], into: code)
          let exact = self.corrections(of: coded, codes: code, labels: labels)
          for (row, correction) in zip(rows, exact) {
            corrections.address(row).pointee = ProductCorrection(
              offset: offsets.round(correction.offset), factor: Estimator.factors.round(correction.factor))
          }
          for row in outliers {
            let number = row - rows.lowerBound
            corrections.address(row).pointee = ProductCorrection(
              scale: scale(of: vectors[row: row], coded: coded[row: number], code: code + number * bytes))
          }
        }
      }
    }
    return ProductCodes(bytes: codes, corrections: corrections)
  }

  /// Writes the codes of vectors whose rotated residuals are `coded`.
  func encode(_ coded: Matrix, of vectors: Matrix, into codes: UnsafeMutablePointer<UInt8>) {
    guard quantizer.parallelWeight > 0 else {
      return quantizer.encode(coded.baseAddress, count: coded.rows, into: codes)
    }
    let directions = rotation?.apply(vectors, threads: 1) ?? vectors
    quantizer.encode(coded.baseAddress, directions: directions.baseAddress, count: coded.rows, into: codes)
  }

  /// Decodes codes of vectors in these lists, n × d; finite for all codes.
  ///
  /// - Complexity: as `encode`.
  func decode(_ codes: ProductCodes, lists: [UInt32], threads: Int) -> Matrix {
    let turned = quantizer.decode(codes.bytes, threads: threads)
    let residuals = rotation?.inverse.apply(turned, threads: threads) ?? turned
    let largest = Float.greatestFiniteMagnitude
    return Matrix(rows: residuals.rows, columns: residuals.columns) { floats in
      for row in 0..<residuals.rows {
        let list = Int(lists[row])
        let scale = list == outlierList ? codes.corrections[row].scale : 1
        let (residual, center) = (residuals[row: row], centers[row: center(ofList: list)])
        for component in center.indices {
          // NaN is limited like a number that is too large.
          floats[row * residuals.columns + component] =
            max(-largest, min(largest, scale * residual[component] + center[component]))
        }
      }
    }
  }

  /// The mean of ‖x − x̂‖² for prepared vectors, if all lists share one centre.
  ///
  /// - Complexity: O(n·d), plus that of `encode` for a rotation.
  func meanSquaredError(of vectors: Matrix, codes: ProductCodes, threads: Int) -> Double {
    let residuals = Self.residuals(of: vectors, labels: [], from: centers)
    let coded = rotation?.apply(residuals, threads: threads) ?? residuals
    return quantizer.meanSquaredError(of: coded, codes: codes.bytes, threads: threads)
  }

  /// The query after the rotation, written to `room`, d floats; the query itself without a rotation.
  func turned(_ query: UnsafePointer<Float>, room: UnsafeMutablePointer<Float>) -> UnsafePointer<Float> {
    guard let rotation else { return query }
    rotation.apply(query, into: room)
    return UnsafePointer(room)
  }

  /// Writes the float tables for the codes of a list, m × ksub.
  ///
  /// The sum of a code's entries plus `offset` is the distance by which neighbours are compared.
  ///
  /// - Parameters:
  ///   - query: prepared and rotated, d floats.
  ///   - room: d floats.
  func writeTables(
    for query: UnsafePointer<Float>, list: Int, room: UnsafeMutablePointer<Float>,
    into tables: UnsafeMutablePointer<Float>
  ) {
    var target = query
    if tableMetric != rbk_pq_negative_dot {
      subtract(turnedCenters.baseAddress + center(ofList: list) * turnedCenters.columns, from: query, into: room)
      target = UnsafePointer(room)
    }
    writeTables(of: target, tableMetric, into: tables)
  }

  func writeTables(
    of target: UnsafePointer<Float>, _ metric: rbk_pq_metric, into tables: UnsafeMutablePointer<Float>
  ) {
    Kernels.active.pq.pointee.tables(
      target, quantizer.codebooks.baseAddress, quantizer.m, quantizer.ksub, quantizer.dsub, metric, tables)
  }

  /// The part of the distance that all vectors of a list share: the 1 of `angular`, and the product of centre and
  /// query.
  func offset(of list: Int, from query: UnsafePointer<Float>) -> Float {
    let constant: Float = metric == .angular ? 1 : 0
    guard tableMetric == rbk_pq_negative_dot else { return constant }
    return constant - product(query, centers.baseAddress + center(ofList: list) * centers.columns)
  }

  func subtract(
    _ b: UnsafePointer<Float>, from a: UnsafePointer<Float>, into difference: UnsafeMutablePointer<Float>
  ) {
    for component in 0..<quantizer.dimension { difference[component] = a[component] - b[component] }
  }

  func product(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>) -> Float {
    var product: Float = 0
    Kernels.active.dot_f32(a, b, 1, quantizer.dimension, &product)
    return product
  }
}
