import OrderedStore
import VectorCore

/// A model in the tables `centroids`, `codebooks` and `meta`.
enum StoredModel {
  /// The keys of `codebooks`.
  private enum Part: UInt8 { case codebooks, center, turnedMean, rotation }

  private static let centroidsKey: [UInt8] = [0]
  private static let nlistName = "trained_nlist"
  private static let weightName = "parallel_weight"
  private static let offsetLeastName = "offset_least"
  private static let offsetStepName = "offset_step"
  private static let errorName = "reconstruction_error"

  /// Writes a model in place of the one that is there.
  static func write(_ model: ProductModel, to transaction: any StoreTransaction) throws(StoreError) {
    try transaction.clear(StoredTable.centroids)
    try transaction.clear(StoredTable.codebooks)
    let coder = model.coder
    func put(_ matrix: Matrix, _ key: [UInt8], in table: String) throws(StoreError) {
      let bytes = UnsafeRawBufferPointer(start: matrix.baseAddress, count: matrix.rows * matrix.columns * 4)
      try transaction.put(byteCount: bytes.count, for: key, in: table, appending: false) { $0.copyMemory(from: bytes) }
    }
    func put(_ matrix: Matrix, _ part: Part) throws(StoreError) {
      try put(matrix, [part.rawValue], in: StoredTable.codebooks)
    }
    try put(model.quantizer.centroids.matrix, centroidsKey, in: StoredTable.centroids)
    try put(coder.quantizer.codebooks, .codebooks)
    if !coder.hasCenterPerList { try put(coder.centers, .center) }
    try put(coder.turnedMean, .turnedMean)
    if let rotation = coder.rotation { try put(rotation.matrix, .rotation) }
    try StoredMeta.put(model.quantizer.nlist, nlistName, in: transaction)
    try StoredMeta.put(coder.quantizer.parallelWeight, weightName, in: transaction)
    try StoredMeta.put(coder.offsets.least, offsetLeastName, in: transaction)
    try StoredMeta.put(coder.offsets.step, offsetStepName, in: transaction)
    try StoredMeta.put(coder.reconstructionError, errorName, in: transaction)
  }

  /// Reads the model that is there.
  static func read(
    _ reader: any StoreReader, place: StorePlace, configuration: IVFPQConfiguration, dimension: Int, metric: Metric,
    threads: Int
  ) throws(StoreError) -> ProductModel {
    let meta = StoredMeta(reader, place: place)
    let shape = configuration.shape
    func matrix(_ rows: Int, _ columns: Int, _ key: [UInt8], in table: String) throws(StoreError) -> Matrix {
      guard let bytes = try reader.value(for: key, in: table), bytes.count == rows * columns * 4 else {
        throw place.corrupted(table, "not \(rows) × \(columns) floats")
      }
      return Matrix(rows: rows, columns: columns) { UnsafeMutableRawBufferPointer($0).copyMemory(from: bytes) }
    }
    func matrix(_ rows: Int, _ columns: Int, _ part: Part) throws(StoreError) -> Matrix {
      try matrix(rows, columns, [part.rawValue], in: StoredTable.codebooks)
    }
    let nlist: Int = try meta.value(nlistName)
    guard 1...configuration.nlist ~= nlist else { throw place.corrupted(StoredTable.meta, nlistName) }
    let centroids = try matrix(nlist, dimension, centroidsKey, in: StoredTable.centroids)
    let coder = ProductCoder(
      quantizer: ProductQuantizer(
        codebooks: try matrix(dimension, shape.ksub, .codebooks), m: shape.m, nbits: shape.nbits,
        parallelWeight: try meta.value(weightName)),
      metric: metric, centers: configuration.codesResiduals ? centroids : try matrix(1, dimension, .center),
      hasCenterPerList: configuration.codesResiduals,
      rotation: configuration.rotation == .none
        ? nil : Rotation(matrix: try matrix(dimension, dimension, .rotation)),
      turnedMean: try matrix(1, dimension, .turnedMean),
      offsets: RoundedRange(least: try meta.value(offsetLeastName), step: try meta.value(offsetStepName)),
      reconstructionError: try meta.value(errorName), threads: threads)
    return ProductModel(
      quantizer: CoarseQuantizer(centroids: centroids, metric: metric, threads: threads), coder: coder)
  }
}
