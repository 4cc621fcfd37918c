import VectorCore

/// An inverted file of product codes: vectors grouped by centroid and encoded, the best candidates re-ranked exactly.
///
/// Outliers (`OutlierLimit`) are in no cluster: every search computes their distances, whichever lists it probes. If no
/// vectors are stored, these are the distances to vectors decoded from codes with a scale of their own.
///
/// An instance of this class is in memory. A `PersistentIVFPQIndex` is in a file and adds transactions. Both run the
/// same code over another `PostingStore`: the same history gives the same neighbours.
///
/// `@unchecked Sendable`: `VectorIndex` forbids changes during searches, and searches only read.
///
/// Source: Jégou, Douze and Schmid, "Product quantization for nearest neighbor search", IEEE TPAMI 33(1), 2011,
/// doi:10.1109/TPAMI.2010.57.
public class IVFPQIndex: MutableVectorIndex, ReadableVectorIndex, ClusteredIndex, StorableIndex,
  InspectableIndex, @unchecked Sendable
{
  public static let declaration = IndexDeclaration(
    kind: "ivf-pq", summary: "inverted file of product codes, the best candidates re-ranked exactly",
    metrics: [.euclidean, .angular, .dot, .manhattan],
    build: Configuration.declarations + [StorageChoice.declaration], search: SearchSettings.declarations)

  /// The default number of lists to search, unless another default is stored with the index.
  static let standardNProbe = 10

  public let dimension: Int
  public let metric: Metric
  let settings: IVFPQSettings
  /// Where all randomness of the index comes from.
  public let seed: UInt64
  let storage: any PostingStore

  /// Makes an empty, untrained index in memory.
  ///
  /// - Parameter seed: the seed of all randomness of the index.
  /// - Throws: `IndexError.invalidParameter` as `Configuration.validate`, and `.unsupportedMetric`.
  public convenience init(
    dimension: Int, metric: Metric, configuration: Configuration = Configuration(), seed: UInt64
  ) throws(IndexError) {
    try Self.declaration.check(dimension: dimension, metric: metric)
    let settings = try IVFPQSettings(configuration, dimension: dimension, metric: metric)
    self.init(
      settings, dimension: dimension, metric: metric, seed: seed,
      storage: MemoryPostings(settings, dimension: dimension, metric: metric))
  }

  /// Makes an empty, untrained index in memory; the parameter `storage` must ask for memory.
  public required convenience init(
    dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64
  ) throws(IndexError) {
    try self.init(dimension: dimension, metric: metric, configuration: Configuration(parameters), seed: seed)
    try StorageChoice.checkIsMemory(parameters)
  }

  init(_ settings: IVFPQSettings, dimension: Int, metric: Metric, seed: UInt64, storage: any PostingStore) {
    self.settings = settings
    self.dimension = dimension
    self.metric = metric
    self.seed = seed
    self.storage = storage
  }

  /// The configuration of the index, with the values that the index chose itself.
  public var configuration: Configuration { settings.configuration }

  public static func persistentType(for parameters: Parameters) -> (any PersistentIndex.Type)? {
    StorageChoice.isFile(parameters) ? PersistentIVFPQIndex.self : nil
  }

  public static func inspect(file path: String) throws(IndexError) -> IndexInspection? {
    try PersistentIVFPQIndex.inspect(store: path)
  }

  public static func compact(file path: String) throws(IndexError) -> Bool {
    try PersistentIVFPQIndex.compact(store: path)
  }

  public var count: Int { storage.count }

  /// Statistics with the figures of `ProductModel` once trained; `memoryBytes` does not include the pages of a file.
  public var statistics: IndexStatistics {
    let model = storage.model
    return IndexStatistics(
      kind: Self.declaration.kind, count: count, memoryBytes: (model?.memoryBytes ?? 0) + storage.memoryBytes,
      diskBytes: storage.diskBytes, figures: model?.figures ?? [:])
  }

  /// Empty, too, where the file of the index can't be read.
  public var clusterSizes: [Int] { (try? readClusterSizes()) ?? [] }

  /// Vectors in each list, or what keeps the file of the index from being read.
  ///
  /// - Complexity: O(nlist), in a file O(nlist·log n).
  public func readClusterSizes() throws(IndexError) -> [Int] {
    guard isTrained else { return [] }
    let lists = try storage.lists()
    var sizes: [Int] = []
    // The last list is that of the outliers.
    for list in 0..<UInt32(lists.listCount - 1) { sizes.append(try lists.rowCount(of: list)) }
    return sizes
  }

  /// The number of lists to search when `nprobe` is auto; 10 until changed.
  public var defaultNProbe: Int { storage.defaultNProbe }

  /// Changes the default `nprobe`. For an index in a file, this is part of the transaction like any other change.
  ///
  /// - Throws: `IndexError.invalidParameter` for a number below 1; `.storage`.
  public func setDefaultNProbe(_ nprobe: Int) throws(IndexError) {
    guard nprobe >= 1 else {
      throw .invalidParameter(name: "nprobe", value: String(nprobe), expected: "an integer, at least 1")
    }
    try storage.setDefaultNProbe(nprobe)
  }

  func requireModel() throws(IndexError) -> ProductModel {
    guard let model = storage.model else { throw .notTrained(kind: Self.declaration.kind) }
    return model
  }
}

// MARK: - Changing

extension IVFPQIndex {
  @discardableResult
  public func insertBatch(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata], onConflict: ConflictRule, threads: Int
  ) throws(IndexError) -> Int {
    let model = try requireModel()
    let batch = try storage.plan(
      ids: ids, vectors: vectors, metadata: metadata, onConflict: onConflict, threads: threads)
    guard !batch.rows.isEmpty else { return 0 }
    let prepared = metric.prepare(vectors, threads: threads)
    let coded = model.code(prepared, spills: settings.spills, threads: threads)
    try storage.insert(batch, coded, removing: batch.replacingRows.map { ids[$0] }, threads: threads) {
      row, format, target in format.write(prepared.baseAddress + row * prepared.columns, to: target)
    }
    return batch.newIDs
  }

  @discardableResult
  public func remove(id: UInt64) throws(IndexError) -> Bool { try storage.remove(id) }
}

// MARK: - Reading back

extension IVFPQIndex {
  /// The vector of an id as it is stored (`refineStore`), or decoded from its code.
  public func vector(of id: UInt64) throws(IndexError) -> [Float]? {
    guard let coder = storage.model?.coder else { return nil }
    let lists = try storage.lists()
    guard let place = try lists.place(of: id) else { return nil }
    return switch lists {
    case .memory(let lists): lists.vectors(at: [place], codedBy: coder, threads: 1).floats
    case .stored(let lists): lists.vectors(at: [place], codedBy: coder, threads: 1).floats
    }
  }

  public func metadata(of id: UInt64) throws(IndexError) -> Metadata? {
    guard isTrained else { return nil }
    return switch try storage.lists() {
    case .memory(let lists): lists.metadata(of: id)
    case .stored(let lists): try lists.metadata(of: id)
    }
  }
}
