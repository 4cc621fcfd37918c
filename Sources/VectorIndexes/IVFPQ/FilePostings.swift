import Foundation
import OrderedStore
import VectorCore

/// The rows of an index of product codes in an ordered store; changes are made in transactions.
///
/// Codes and vectors are read from the mapped file. The first search that visits a list checks all its bytes; later
/// searches cost the same as in memory. Centroids, codebooks and the addresses of the lists are in memory, and after
/// the first search with a filter also the metadata.
///
/// A transaction changes counts, centroids, codebooks, lists, vectors and metadata atomically. Training is a change
/// like any other.
final class FilePostings: PostingStore, @unchecked Sendable {
  /// The values that are stored besides the lists.
  struct Contents {
    /// A random number that distinguishes this file from all others.
    var identity = UInt64.random(in: .min ... .max)
    var count = 0
    var nextSequence: UInt64 = 0
    /// The number of lists to search when the search leaves it to the index.
    var defaultNProbe = IVFPQIndex.standardNProbe
    /// Increases with each training.
    var generation = 0
    var model: ProductModel?
  }

  /// The model of the last commit, which snapshots share.
  private final class CommittedModel: @unchecked Sendable {
    private let lock = NSLock()
    private var generation = 0
    private var model: ProductModel?

    subscript(generation: Int) -> ProductModel? {
      get { lock.withLock { generation == self.generation ? model : nil } }
      set { lock.withLock { (self.generation, model) = (generation, newValue) } }
    }
  }

  let store: any OrderedStore
  let place: StorePlace
  let isReadOnly: Bool
  let settings: IVFPQSettings
  let layout: PostingLayout
  private let metric: Metric
  private let committedModel: CommittedModel
  /// The open transaction, if there are changes since the last commit.
  private var transaction: (any StoreTransaction)?
  /// The store as of the last commit; `nil` after a commit until it is first read.
  private var committedState: (any StoreSnapshot)?
  private var committed: Contents
  /// The contents, including uncommitted changes.
  private(set) var contents: Contents
  /// The lists that searches read; `nil` after a change, until the next search.
  private var current: StoredLists?
  /// Held by searches while they make `current`.
  private let lock = NSLock()

  /// Reads the contents of a store, if there are any.
  convenience init(
    _ store: any OrderedStore, at place: StorePlace, _ settings: IVFPQSettings, dimension: Int,
    metric: Metric, isReadOnly: Bool
  ) throws(IndexError) {
    try self.init(
      store, at: place, settings,
      PostingLayout(shape: settings.shape, format: settings.rowFormat(dimension: dimension)), metric,
      CommittedModel(), isReadOnly: isReadOnly)
  }

  private init(
    _ store: any OrderedStore, at place: StorePlace, _ settings: IVFPQSettings, _ layout: PostingLayout,
    _ metric: Metric, _ committedModel: CommittedModel, isReadOnly: Bool
  ) throws(IndexError) {
    self.store = store
    self.place = place
    self.settings = settings
    self.layout = layout
    self.metric = metric
    self.committedModel = committedModel
    self.isReadOnly = isReadOnly
    let snapshot = try storing { () throws(StoreError) in try store.snapshot() }
    committedState = snapshot
    committed = try storing { () throws(StoreError) in
      var contents = try Contents(StoredMeta(snapshot, place: place))
      guard contents.generation > 0 else { return contents }
      contents.model = committedModel[contents.generation]
      if contents.model == nil {
        contents.model = try StoredModel.read(
          snapshot, place: place, settings: settings, dimension: layout.format.dimension, metric: metric,
          threads: 1)
        committedModel[contents.generation] = contents.model
      }
      return contents
    }
    contents = committed
  }

  /// The contents of the last commit, for reading only.
  func snapshot() throws(IndexError) -> FilePostings {
    try FilePostings(store, at: place, settings, layout, metric, committedModel, isReadOnly: true)
  }

  var model: ProductModel? { contents.model }
  var count: Int { contents.count }
  var nextSequence: UInt64 { contents.nextSequence }
  var defaultNProbe: Int { contents.defaultNProbe }
  var memoryBytes: Int { lock.withLock { current?.memoryBytes ?? 0 } }
  var diskBytes: Int { (try? store.sizeOnDisk) ?? 0 }
  var refusal: IndexError? { isReadOnly ? .storage(place.readOnly) : nil }
  /// A `MemoryStore` is lost when the process ends.
  var isDurable: Bool { store is LMDBStore }
  var identity: UInt64? { contents.identity }

  func lists() throws(IndexError) -> PostingLists { .stored(try currentLists()) }

  func lastingLists() throws(IndexError) -> PostingLists {
    try commit()
    return .stored(try snapshot().currentLists())
  }

  /// The lists that searches read, with all changes.
  func currentLists() throws(IndexError) -> StoredLists {
    lock.lock()
    defer { lock.unlock() }
    if let current { return current }
    guard let model else { throw .notTrained(kind: IVFPQIndex.declaration.kind) }
    let lists = StoredLists(
      try reader(), place: place, layout: layout, metric: metric, lists: model.quantizer.listCount,
      hasCopies: settings.spills && model.quantizer.nlist > 1, count: contents.count)
    current = lists
    return lists
  }

  /// A reader of the open transaction or, without one, of the last commit.
  func reader() throws(IndexError) -> any StoreReader {
    if let transaction { return transaction }
    if let committedState { return committedState }
    let snapshot = try storing { () throws(StoreError) in try store.snapshot() }
    committedState = snapshot
    return snapshot
  }

  // MARK: Transactions

  /// Makes a change in the open transaction, or in a new one.
  ///
  /// - Parameter body: receives the contents and changes them; the changed contents are used when it succeeds.
  /// - Throws: `IndexError.storage`; the whole transaction has then been undone.
  private func change(_ body: (ListWriter, inout Contents) throws(StoreError) -> Void) throws(IndexError) {
    if let refusal { throw refusal }
    try storing { () throws(StoreError) in
      let transaction = if let transaction { transaction } else { try store.begin() }
      self.transaction = transaction
      current = nil
      do throws(StoreError) {
        try body(ListWriter(transaction: transaction, place: place, layout: layout), &contents)
      } catch {
        abort()
        throw error
      }
    }
  }

  func commit() throws(IndexError) {
    guard let transaction else { return }
    do throws(StoreError) {
      try contents.write(to: transaction)
      try transaction.commit()
      self.transaction = nil
      current = nil
      committed = contents
      committedState = nil
      committedModel[contents.generation] = contents.model
    } catch {
      abort()
      throw .storage(error)
    }
  }

  func abort() {
    guard let transaction else { return }
    transaction.abort()
    self.transaction = nil
    current = nil
    contents = committed
  }
}

// MARK: - Changing

extension FilePostings {
  func plan(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata], onConflict rule: ConflictRule, threads: Int
  ) throws(IndexError) -> InsertPlan {
    let isEmpty = count == 0
    return try InsertPlan(
      ids: ids, vectors: vectors, metadata: metadata, onConflict: rule, dimension: layout.format.dimension,
      nextSequence: nextSequence, threads: threads
    ) { id throws(IndexError) in isEmpty ? false : try isStored(id) }
  }

  func clear(for model: ProductModel) throws(IndexError) {
    try change { (lists, contents) throws(StoreError) in
      try lists.clear()
      try lists.transaction.clear(StoredTable.metadata)
      try StoredModel.write(model, to: lists.transaction)
      contents = Contents(
        identity: contents.identity, defaultNProbe: contents.defaultNProbe, generation: contents.generation + 1,
        model: model)
    }
  }

  func insert(
    _ batch: InsertPlan, _ coded: CodedVectors, removing removed: [UInt64], threads: Int,
    write: @Sendable (_ row: Int, _ format: RowFormat, _ target: UnsafeMutableRawPointer) -> Void
  ) throws(IndexError) {
    try change { (lists, contents) throws(StoreError) in
      for id in removed where try lists.remove(id) { contents.count -= 1 }
      try lists.append(
        ids: batch.rows.map { batch.ids[$0] }, sequences: batch.rows.map { contents.nextSequence + UInt64($0) },
        labels: batch.rows.map { coded.labels[$0] }, codes: coded.codes, spill: coded.spill, codeRows: batch.rows
      ) { number, target in write(batch.rows[number], layout.format, target) }
      for row in batch.rows where !batch.metadata.isEmpty && !batch.metadata[row].isEmpty {
        try lists.transaction.put(
          StoredMetadata.encode(batch.metadata[row]), for: PostingLayout.key(ofID: batch.ids[row]),
          in: StoredTable.metadata)
      }
      contents.count += batch.rows.count
      contents.nextSequence += UInt64(batch.ids.count)
    }
  }

  func remove(_ id: UInt64) throws(IndexError) -> Bool {
    guard try isStored(id) else { return false }
    try change { (lists, contents) throws(StoreError) in contents.count -= try lists.remove(id) ? 1 : 0 }
    return true
  }

  func regroup(_ order: [RowPlace], _ coded: CodedVectors, by model: ProductModel, threads: Int) throws(IndexError) {
    // The rows are copied, because they are deleted before they are written again.
    let rows = StoredRows(try currentLists(), at: order)
    try change { (lists, contents) throws(StoreError) in
      try lists.clear()
      try StoredModel.write(model, to: lists.transaction)
      try lists.append(
        ids: rows.ids, sequences: rows.sequences, labels: coded.labels, codes: coded.codes, spill: coded.spill,
        codeRows: Array(order.indices)
      ) { number, target in rows.copy(number, to: target) }
      contents.generation += 1
      contents.model = model
    }
  }

  func setDefaultNProbe(_ nprobe: Int) throws(IndexError) {
    try change { (_, contents) throws(StoreError) in contents.defaultNProbe = nprobe }
  }

  private func isStored(_ id: UInt64) throws(IndexError) -> Bool {
    let reader = try reader()
    return try storing { () throws(StoreError) in try reader.place(of: id, place) != nil }
  }
}

/// Copies of rows from a file, without their codes.
private struct StoredRows {
  let ids: [UInt64]
  let sequences: [UInt64]
  private let rowBytes: Int
  /// The rows as they are stored; empty if no vectors are stored.
  private let rows: [UInt8]

  init(_ lists: StoredLists, at places: [RowPlace]) {
    ids = places.map(lists.id)
    sequences = places.map(lists.sequence)
    let rowBytes = lists.format.rowBytes
    self.rowBytes = rowBytes
    rows = [UInt8](unsafeUninitializedCapacity: places.count * rowBytes) { bytes, count in
      guard rowBytes > 0, let base = bytes.baseAddress else { return }
      count = places.count * rowBytes
      for (number, place) in places.enumerated() {
        UnsafeMutableRawPointer(base + number * rowBytes).copyMemory(from: lists.row(at: place), byteCount: rowBytes)
      }
    }
  }

  func copy(_ number: Int, to target: UnsafeMutableRawPointer) {
    rows.withUnsafeBytes { target.copyMemory(from: $0.baseAddress! + number * rowBytes, byteCount: rowBytes) }
  }
}

extension FilePostings.Contents {
  private static let identityName = "identity"
  private static let countName = "count"
  private static let nextSequenceName = "next_sequence"
  private static let defaultNProbeName = "default_nprobe"
  private static let generationName = "generation"

  /// Reads everything except the model.
  init(_ meta: StoredMeta) throws(StoreError) {
    identity = try meta.value(Self.identityName)
    count = try meta.count(Self.countName)
    nextSequence = try meta.value(Self.nextSequenceName)
    defaultNProbe = try meta.count(Self.defaultNProbeName, atLeast: 1)
    generation = try meta.count(Self.generationName)
  }

  /// Writes everything except the model, which is written when it is trained.
  func write(to transaction: any StoreTransaction) throws(StoreError) {
    try StoredMeta.put(identity, Self.identityName, in: transaction)
    try StoredMeta.put(count, Self.countName, in: transaction)
    try StoredMeta.put(nextSequence, Self.nextSequenceName, in: transaction)
    try StoredMeta.put(defaultNProbe, Self.defaultNProbeName, in: transaction)
    try StoredMeta.put(generation, Self.generationName, in: transaction)
  }
}
