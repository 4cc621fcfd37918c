import VectorCore

/// The inverted file of product codes: vectors grouped by centroid and coded, the best candidates re-ranked exactly.
///
/// Outliers (`OutlierLimit`) are in no group: every search measures them, whatever it probes. Without stored vectors, their
/// distances are those of their codes, which have a scale of their own.
///
/// An index of this class is in memory; one in a file is a `PersistentIVFPQIndex`, which adds transactions. They differ in
/// their `PostingStore` alone: the same history gives the same neighbours.
///
/// Unchecked because the contract of `VectorIndex` keeps changes and searches apart; searches only read.
///
/// Source: Jégou, Douze and Schmid, "Product quantization for nearest neighbor search", IEEE TPAMI 33(1), 2011,
/// doi:10.1109/TPAMI.2010.57.
public class IVFPQIndex: MutableVectorIndex, ClusteredIndex, StorableIndex, @unchecked Sendable {
  public static let declaration = IndexDeclaration(
    kind: "ivf-pq", summary: "inverted file of product codes, the best candidates re-ranked exactly",
    metrics: [.euclidean, .angular, .dot, .manhattan], build: IVFPQConfiguration.declarations,
    search: [
      ParameterDeclaration(
        "nprobe", .integer(1...Int.max), default: .auto,
        "lists to look at, nearest first; nlist looks at all; auto: \(standardNProbe), or what is stored with the index"
      ),
      Refinement.declarations[0],
      ParameterDeclaration(
        "diversity", .real(0...1), default: .real(0),
        "share of the lists' distance from each other in their choice; 0 takes the nearest"),
      Refinement.declarations[1],
    ])

  /// Lists that a search looks at which leaves it to the index, unless another number is stored with this.
  static let standardNProbe = 10

  public let dimension: Int
  public let metric: Metric
  let configuration: IVFPQConfiguration
  let seed: UInt64
  let storage: any PostingStore

  /// Makes an empty, untrained index.
  ///
  /// - Throws: `IndexError.invalidParameter` for an `m` that does not divide the dimension or is odd with 4 bits, or
  ///   for a `train_size` from 1 to below `nlist` or the number of codewords, or for a `storage` other than memory.
  public required convenience init(
    dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64
  ) throws(IndexError) {
    try Self.declaration.check(dimension: dimension, metric: metric)
    let configuration = try IVFPQConfiguration(parameters, dimension: dimension, metric: metric)
    try StorageChoice.checkIsMemory(parameters)
    self.init(
      configuration, dimension: dimension, metric: metric, seed: seed,
      storage: MemoryPostings(configuration, dimension: dimension, metric: metric))
  }

  init(_ configuration: IVFPQConfiguration, dimension: Int, metric: Metric, seed: UInt64, storage: any PostingStore) {
    self.configuration = configuration
    self.dimension = dimension
    self.metric = metric
    self.seed = seed
    self.storage = storage
  }

  public static func persistentType(for parameters: Parameters) -> (any PersistentIndex.Type)? {
    StorageChoice.isFile(parameters) ? PersistentIVFPQIndex.self : nil
  }

  public var count: Int { storage.count }

  /// With the figures of `ProductModel`, once trained; the bytes in memory are without the pages of a file.
  public var statistics: IndexStatistics {
    let model = storage.model
    return IndexStatistics(
      kind: Self.declaration.kind, count: count, memoryBytes: (model?.memoryBytes ?? 0) + storage.memoryBytes,
      diskBytes: storage.diskBytes, figures: model?.figures ?? [:])
  }

  /// Empty, too, where the file of the index can't be read.
  public var clusterSizes: [Int] {
    guard isTrained, let lists = try? storage.lists() else { return [] }
    do throws(IndexError) {
      var sizes: [Int] = []
      // The last list is that of the outliers.
      for list in 0..<UInt32(lists.listCount - 1) { sizes.append(try lists.rowCount(of: list)) }
      return sizes
    } catch {
      return []
    }
  }

  /// Lists that a search looks at whose `nprobe` is auto; 10 until changed.
  public var defaultNProbe: Int { storage.defaultNProbe }

  /// Changes the default `nprobe`; in a file in the transaction, as any change.
  ///
  /// - Throws: `IndexError.invalidParameter` for less than 1; `.storage`.
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
    let coded = model.code(prepared, spills: configuration.spills, threads: threads)
    try storage.insert(batch, coded, removing: batch.replacingRows.map { ids[$0] }, threads: threads) {
      row, format, target in format.write(prepared.baseAddress + row * prepared.columns, to: target)
    }
    return batch.newIDs
  }

  @discardableResult
  public func remove(id: UInt64) throws(IndexError) -> Bool { try storage.remove(id) }
}
