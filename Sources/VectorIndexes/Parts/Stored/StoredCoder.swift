import OrderedStore
import VectorCore

/// Reads and writes the coder of vectors in the tables `codebooks` and `meta`.
enum StoredCoder {
  /// The keys of the table `codebooks`.
  private enum Part: UInt8 {
    case codebooks, center, turnedMean, rotation

    var key: [UInt8] { [rawValue] }
  }

  private static let weightName = "parallel_weight"
  private static let offsetLeastName = "offset_least"
  private static let offsetStepName = "offset_step"
  private static let errorName = "reconstruction_error"

  /// Writes a coder, replacing the stored one; its centres only if they are not the centroids of the lists.
  static func write(_ coder: ProductCoder, to transaction: any StoreTransaction) throws(StoreError) {
    try transaction.clear(StoredTable.codebooks)
    func put(_ matrix: Matrix, _ part: Part) throws(StoreError) {
      try transaction.put(matrix, for: part.key, in: StoredTable.codebooks)
    }
    try put(coder.quantizer.codebooks, .codebooks)
    if !coder.hasCenterPerList { try put(coder.centers, .center) }
    try put(coder.turnedMean, .turnedMean)
    if let rotation = coder.rotation { try put(rotation.matrix, .rotation) }
    try StoredMeta.put(coder.quantizer.parallelWeight, weightName, in: transaction)
    try StoredMeta.put(coder.offsets.least, offsetLeastName, in: transaction)
    try StoredMeta.put(coder.offsets.step, offsetStepName, in: transaction)
    try StoredMeta.put(coder.reconstructionError, errorName, in: transaction)
  }

  /// Reads the stored coder.
  ///
  /// - Parameters:
  ///   - centers: the centres of the lists, if each list has its own.
  ///   - outlierList: the list of the outliers, if outliers are encoded.
  static func read(
    _ reader: any StoreReader, place: StorePlace, coding: ProductCoding, centers: Matrix?, outlierList: Int?,
    dimension: Int, metric: Metric, threads: Int
  ) throws(StoreError) -> ProductCoder {
    let meta = StoredMeta(reader, place: place)
    let shape = coding.shape
    func matrix(_ rows: Int, _ columns: Int, _ part: Part) throws(StoreError) -> Matrix {
      try reader.matrix(rows, columns, part.key, in: StoredTable.codebooks, place)
    }
    let center = if let centers { centers } else { try matrix(1, dimension, .center) }
    return ProductCoder(
      quantizer: ProductQuantizer(
        codebooks: try matrix(dimension, shape.ksub, .codebooks), m: shape.m, nbits: shape.nbits,
        parallelWeight: try meta.value(weightName)),
      metric: metric, centers: center, hasCenterPerList: centers != nil,
      outlierList: outlierList,
      rotation: coding.rotation == .none ? nil : Rotation(matrix: try matrix(dimension, dimension, .rotation)),
      turnedMean: try matrix(1, dimension, .turnedMean),
      offsets: RoundedRange(least: try meta.value(offsetLeastName), step: try meta.value(offsetStepName)),
      reconstructionError: try meta.value(errorName), threads: threads)
  }
}

extension StoreTransaction {
  /// Stores the floats of a matrix under a key.
  func put(_ matrix: Matrix, for key: [UInt8], in table: String) throws(StoreError) {
    let bytes = UnsafeRawBufferPointer(start: matrix.baseAddress, count: matrix.rows * matrix.columns * 4)
    try put(byteCount: bytes.count, for: key, in: table, appending: false) { $0.copyMemory(from: bytes) }
  }
}

extension StoreReader {
  /// A copy of the matrix under a key.
  func matrix(
    _ rows: Int, _ columns: Int, _ key: [UInt8], in table: String, _ place: StorePlace
  ) throws(StoreError) -> Matrix {
    guard let bytes = try value(for: key, in: table), bytes.count == rows * columns * 4 else {
      throw place.corrupted(table, "not \(rows) × \(columns) floats")
    }
    return Matrix(rows: rows, columns: columns) { UnsafeMutableRawBufferPointer($0).copyMemory(from: bytes) }
  }
}
