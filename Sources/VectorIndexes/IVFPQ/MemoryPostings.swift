import VectorCore

/// The rows of an index of product codes in memory.
///
/// `@unchecked Sendable`: `VectorIndex` forbids changes during searches.
final class MemoryPostings: PostingStore, @unchecked Sendable {
  /// The results of training, and the vectors stored under them; replaced together.
  struct Trained {
    let model: ProductModel
    fileprivate(set) var store: VectorStore
  }

  var trained: Trained?
  private(set) var defaultNProbe: Int
  private let dimension: Int
  private let metric: Metric
  private let settings: IVFPQSettings

  init(_ settings: IVFPQSettings, dimension: Int, metric: Metric) {
    self.settings = settings
    self.dimension = dimension
    self.metric = metric
    defaultNProbe = IVFPQIndex.standardNProbe
  }

  var model: ProductModel? { trained?.model }
  var count: Int { trained?.store.count ?? 0 }
  var nextSequence: UInt64 { trained?.store.nextSequence ?? 0 }
  var memoryBytes: Int { trained?.store.memoryBytes ?? 0 }
  var diskBytes: Int { 0 }
  var refusal: IndexError? { nil }
  var isDurable: Bool { false }
  var identity: UInt64? { nil }

  func plan(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata], onConflict rule: ConflictRule, threads: Int
  ) throws(IndexError) -> InsertPlan {
    try requireStore().plan(ids: ids, vectors: vectors, metadata: metadata, onConflict: rule, threads: threads)
  }

  func lists() throws(IndexError) -> PostingLists { .memory(try requireStore()) }

  func lastingLists() throws(IndexError) -> PostingLists {
    let store = try requireStore()
    store.isLasting = true
    return .memory(store)
  }

  func clear(for model: ProductModel) { trained = Trained(model: model, store: makeStore(for: model)) }

  func insert(
    _ batch: InsertPlan, _ coded: CodedVectors, removing removed: [UInt64], threads: Int,
    write: @Sendable (_ row: Int, _ format: RowFormat, _ target: UnsafeMutableRawPointer) -> Void
  ) throws(IndexError) {
    let store = try changedStore(threads: threads)
    for id in removed { store.remove(id: id) }
    store.append(
      batch, productCodes: coded.codes, spill: coded.spill, threads: threads, list: { Int(coded.labels[$0]) },
      write: write)
  }

  func remove(_ id: UInt64) throws(IndexError) -> Bool {
    try trained == nil ? false : changedStore(threads: 1).remove(id: id)
  }

  func regroup(_ order: [RowPlace], _ coded: CodedVectors, by model: ProductModel, threads: Int) throws(IndexError) {
    let store = makeStore(for: model)
    store.adopt(
      try requireStore(), order: order, labels: coded.labels, productCodes: coded.codes, spill: coded.spill,
      threads: threads)
    trained = Trained(model: model, store: store)
  }

  func setDefaultNProbe(_ nprobe: Int) { defaultNProbe = nprobe }

  func commit() {}

  private func requireStore() throws(IndexError) -> VectorStore {
    guard let trained else { throw .notTrained(kind: IVFPQIndex.declaration.kind) }
    return trained.store
  }

  /// The store to change: a copy if the present store was handed out by `lastingLists`.
  ///
  /// - Complexity: O(1); O(n·d) for a copy.
  private func changedStore(threads: Int) throws(IndexError) -> VectorStore {
    let store = try requireStore()
    guard store.isLasting else { return store }
    let copy = VectorStore(copying: store, threads: threads)
    trained?.store = copy
    return copy
  }

  private func makeStore(for model: ProductModel) -> VectorStore {
    VectorStore(
      dimension: dimension, metric: metric, lists: model.quantizer.listCount, productCodes: settings.shape,
      format: settings.rowFormat(dimension: dimension), hasCopies: settings.spills)
  }
}
