import Foundation
import VectorCore

/// An `ivf-pq` index whose new vectors are stored in memtables, and searched there until they are flushed.
///
/// Unlike the other indexes it may be searched by any number of threads while others insert, remove, train or retrain.
/// A search takes no lock and waits for nobody; changes and statistics wait for each other. Unchecked because changes
/// and statistics hold the lock, and searches read only what the set has published.
public final class MemTableIndex: InspectableIndex, ConcurrentlyMutableIndex, ReadableVectorIndex, ClusteredIndex,
  @unchecked Sendable
{
  public static let declaration = IndexDeclaration(
    kind: "memtable", summary: "ivf-pq whose fresh vectors are searched while more are written",
    metrics: IVFPQIndex.declaration.metrics,
    build: IVFPQIndex.declaration.build + MemTableConfiguration.declarations, search: IVFPQIndex.declaration.search)

  /// The build parameters of a `memtable` index.
  public struct Configuration: IndexConfiguration {
    /// Of the index that takes the vectors in the end.
    public var base: IVFPQIndex.Configuration
    public var memtables: MemTableConfiguration

    public init(
      base: IVFPQIndex.Configuration = IVFPQIndex.Configuration(),
      memtables: MemTableConfiguration = MemTableConfiguration()
    ) {
      self.base = base
      self.memtables = memtables
    }

    public static var standard: Configuration { Configuration() }

    public static var fields: [ParameterField<Configuration>] {
      IVFPQIndex.Configuration.fields.map { $0.of(\.base) } + MemTableConfiguration.fields.map { $0.of(\.memtables) }
    }

    /// Refuses values that no index of this dimension and metric can have.
    ///
    /// - Throws: `IndexError.invalidParameter`, or `.unsupportedMetric`.
    public func validate(dimension: Int, metric: Metric) throws(IndexError) {
      try base.validate(dimension: dimension, metric: metric)
      try memtables.checkDomains()
    }
  }

  /// The same search settings as `ivf-pq`.
  public typealias SearchSettings = IVFPQIndex.SearchSettings

  private let shared: MemTableSet
  private let memtables: MemTableConfiguration
  /// The base index; except for constant properties it is used only under the lock.
  private let base: IVFPQIndex
  /// The storage of the base.
  private let postings: MemoryPostings
  /// The writer; `nil` before training. Used only under the lock.
  private var writer: MemTableWriter?
  private let lock = NSLock()

  /// Makes an empty, untrained index.
  ///
  /// - Parameter seed: the seed of all randomness of the index.
  /// - Throws: `IndexError.invalidParameter` as `Configuration.validate`, and if the system has no address space for
  ///   the memtables; `.unsupportedMetric`.
  public init(
    dimension: Int, metric: Metric, configuration: Configuration = Configuration(), seed: UInt64
  ) throws(IndexError) {
    try Self.declaration.check(dimension: dimension, metric: metric)
    let settings = try IVFPQSettings(configuration.base, dimension: dimension, metric: metric)
    memtables = configuration.memtables
    try memtables.checkDomains()
    postings = MemoryPostings(settings, dimension: dimension, metric: metric)
    base = IVFPQIndex(settings, dimension: dimension, metric: metric, seed: seed, storage: postings)
    // Training can take long, so errors that would follow it are found before.
    _ = try memtables.reserve(for: MemTableLayout(settings, dimension: dimension), nlist: settings.nlist)
    shared = MemTableSet(base)
  }

  public convenience init(
    dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64
  ) throws(IndexError) {
    try StorageChoice.checkIsMemory(
      parameters, expected: "memory; the ingest workload writes over a base in a file")
    try self.init(dimension: dimension, metric: metric, configuration: Configuration(parameters), seed: seed)
  }

  /// What is in a log of memtables; their base has a file of its own.
  public static func inspect(file path: String) throws(IndexError) -> IndexInspection? {
    do throws(WriteAheadLogError) { return try WriteAheadLog.inspect(path) } catch { throw .own(error) }
  }

  /// How the index was made, with the values that were left to it.
  public var configuration: Configuration { Configuration(base: base.configuration, memtables: memtables) }

  public var dimension: Int { base.dimension }
  public var metric: Metric { base.metric }
  public var count: Int { shared.count }

  /// With the figures of `ivf-pq`, and of the levels: `memtables`, `memtable_rows`, those of them in an overflow
  /// (`overflow_rows`), the vectors that the next flush writes into the base (`flush_rows`), and those of the base that
  /// newer rows have replaced or removed (`superseded_rows`).
  public var statistics: IndexStatistics {
    lock.lock()
    defer { lock.unlock() }
    var statistics = base.statistics
    statistics.kind = Self.declaration.kind
    statistics.count = count
    guard let levels = shared.levels else { return statistics }
    statistics.memoryBytes += levels.memoryBytes
    statistics.figures["memtables"] = Double(levels.tables.count)
    statistics.figures["flush_rows"] = Double(levels.tables.dropLast().reduce(0) { $0 + $1.newest.count })
    statistics.figures["superseded_rows"] = Double(levels.base.superseded.count)
    statistics.figures["memtable_rows"] = Double(levels.count)
    statistics.figures["overflow_rows"] = Double(levels.tables.reduce(0) { $0 + $1.overflowCount })
    return statistics
  }

  /// The number of vectors in each cluster; replaced and removed vectors count until they are flushed.
  public var clusterSizes: [Int] {
    lock.lock()
    defer { lock.unlock() }
    guard let levels = shared.levels else { return [] }
    return base.clusterSizes.enumerated().map { list, size in
      levels.tables.reduce(size) { $0 + $1.count(inPartition: list) }
    }
  }

  @discardableResult
  public func insertBatch(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata], onConflict: ConflictRule, threads: Int
  ) throws(IndexError) -> Int {
    lock.lock()
    defer { lock.unlock() }
    guard writer != nil else { throw .notTrained(kind: Self.declaration.kind) }
    return try writer!.insert(
      ids: ids, vectors: vectors, metadata: metadata, onConflict: onConflict, threads: threads)
  }

  @discardableResult
  public func remove(id: UInt64) throws(IndexError) -> Bool {
    lock.lock()
    defer { lock.unlock() }
    return try writer?.remove(id: id) ?? false
  }
}

// MARK: - Training

extension MemTableIndex {
  public var isTrained: Bool { shared.hasLevels }

  public func train(_ vectors: Matrix, threads: Int) throws(IndexError) {
    lock.lock()
    defer { lock.unlock() }
    guard writer == nil else { throw .alreadyTrained(kind: Self.declaration.kind) }
    try base.train(vectors, threads: threads)
    try beginWriting(elseRestoring: nil)
  }

  /// Learns again from the stored vectors in order of insertion; afterwards all vectors are in the base.
  ///
  /// An empty index is left as it is.
  ///
  /// - Throws: `IndexError` when untrained. After a failure the vectors are unchanged.
  public func retrain(threads: Int) throws(IndexError) {
    lock.lock()
    defer { lock.unlock() }
    guard writer != nil else { throw .notTrained(kind: Self.declaration.kind) }
    guard count > 0 else { return }
    try writer!.freeze()
    try writer!.flush(threads: threads)
    let old = postings.trained
    try base.retrain(threads: threads)
    try beginWriting(elseRestoring: old)
  }

  /// Makes a writer over the newly trained base; restores the old contents if there is no room for its memtable.
  private func beginWriting(elseRestoring old: MemoryPostings.Trained?) throws(IndexError) {
    do throws(IndexError) {
      writer = try MemTableWriter(shared: shared, configuration: memtables)
    } catch {
      postings.trained = old
      throw error
    }
  }
}

// MARK: - Reading back

extension MemTableIndex {
  /// The newest vector of an id as it is stored (`base.codes.refineStore`), or decoded from its code.
  ///
  /// - Complexity: O(d); for a vector in a memtable O(rows of that memtable).
  public func vector(of id: UInt64) throws(IndexError) -> [Float]? {
    lock.lock()
    defer { lock.unlock() }
    guard let levels = shared.levels else { return nil }
    if let vector = levels.tables.lazy.compactMap({ $0.newestVector(of: id, codedBy: levels.base.model.coder) }).first {
      return vector
    }
    return try levels.base.newestPlace(of: id) == nil ? nil : base.vector(of: id)
  }

  public func metadata(of id: UInt64) throws(IndexError) -> Metadata? {
    lock.lock()
    defer { lock.unlock() }
    guard let levels = shared.levels else { return nil }
    if let entry = levels.tables.lazy.compactMap({ $0.newest[id] }).first {
      return entry.pointee.metadata?.takeUnretainedValue().metadata ?? [:]
    }
    return try levels.base.newestPlace(of: id) == nil ? nil : base.metadata(of: id)
  }
}

// MARK: - Searching

extension MemTableIndex {
  public func makeScratch() -> SearchScratch { shared.makeScratch() }

  public func search(
    _ query: Span<Float>, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answer: inout TopK
  ) throws(IndexError) {
    try shared.search(query, k: k, parameters: parameters, filter: filter, scratch: scratch, into: &answer)
  }

  public func searchBatch(
    _ queries: Matrix, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answers: inout NeighborBatch
  ) throws(IndexError) {
    guard isTrained else { throw .notTrained(kind: Self.declaration.kind) }
    try base.check(queries, k: k, parameters, filter)
    var answer = TopK(k: 0)
    for row in 0..<queries.rows {
      try search(queries[row: row], k: k, parameters: parameters, filter: filter, scratch: scratch, into: &answer)
      answers.append(answer)
    }
  }
}
