import OrderedStore
import VectorCore

/// Reads and writes a model in the tables `centroids`, `codebooks` and `meta`.
enum StoredModel {
  private static let centroidsKey: [UInt8] = [0]
  private static let outlierCenterKey: [UInt8] = [1]
  private static let marginsKey: [UInt8] = [2]
  private static let outlierRadiusName = "outlier_squared_radius"
  private static let nlistName = "trained_nlist"

  /// Writes a model, replacing the stored one.
  static func write(_ model: ProductModel, to transaction: any StoreTransaction) throws(StoreError) {
    try transaction.clear(StoredTable.centroids)
    try transaction.put(model.quantizer.centroids.matrix, for: centroidsKey, in: StoredTable.centroids)
    let outliers = model.quantizer.outliers
    try transaction.put(Matrix([outliers.center]), for: outlierCenterKey, in: StoredTable.centroids)
    try StoredMeta.put(outliers.squaredRadius, outlierRadiusName, in: transaction)
    try StoredMeta.put(model.quantizer.nlist, nlistName, in: transaction)
    try StoredMargins.write(model.quantizer.margins, marginsKey, in: StoredTable.centroids, to: transaction)
    try StoredCoder.write(model.coder, to: transaction)
  }

  /// Reads the stored model.
  static func read(
    _ reader: any StoreReader, place: StorePlace, settings: IVFPQSettings, dimension: Int, metric: Metric,
    threads: Int
  ) throws(StoreError) -> ProductModel {
    let meta = StoredMeta(reader, place: place)
    let nlist: Int = try meta.value(nlistName)
    guard 1...settings.nlist ~= nlist else { throw place.corrupted(StoredTable.meta, nlistName) }
    let centroids = try reader.matrix(nlist, dimension, centroidsKey, in: StoredTable.centroids, place)
    let center = try reader.matrix(1, dimension, outlierCenterKey, in: StoredTable.centroids, place)
    let quantizer = CoarseQuantizer(
      centroids: centroids,
      outliers: OutlierLimit(center: center.floats, squaredRadius: try meta.value(outlierRadiusName)),
      margins: try StoredMargins.read(reader, marginsKey, in: StoredTable.centroids, place), metric: metric,
      threads: threads)
    let coder = try StoredCoder.read(
      reader, place: place, coding: settings.coding,
      centers: settings.codesResiduals ? quantizer.centersOfLists : nil, outlierList: quantizer.outlierList,
      dimension: dimension, metric: metric, threads: threads)
    return ProductModel(quantizer: quantizer, coder: coder)
  }
}
