import OrderedStore
import VectorCore

/// The index below memtables: it says how rows are coded, and takes them in the end. The writer has it for itself.
protocol MemTableBase: VectorIndex {
  var configuration: IVFPQConfiguration { get }
  /// Whether what it has taken is there after a crash.
  var isDurable: Bool { get }
  /// The row after the last that it has taken.
  var nextRow: UInt64 { get }

  /// What it has now, which searches go on reading when it has more.
  ///
  /// - Throws: `IndexError.notTrained` or `.storage`.
  func currentContents() throws(IndexError) -> BaseContents

  /// Stores rows and removes ids, all or nothing; contents that were handed out stay as they are.
  ///
  /// - Throws: `IndexError.storage`; it is then as it was.
  func take(_ rows: borrowing FlushedRows, removing ids: [UInt64], threads: Int) throws(IndexError)
}

/// What a base had at some time.
struct BaseContents {
  let model: ProductModel
  let lists: BaseLists
  let nextRow: UInt64
}

/// The lists of a base. Searches look which kind they are once, not for each vector.
enum BaseLists {
  case memory(VectorStore)
  case stored(StoredLists)

  var listCount: Int {
    switch self {
    case .memory(let store): store.lists.count
    case .stored(let lists): lists.listCount
    }
  }

  /// How many vectors there are.
  var count: Int {
    switch self {
    case .memory(let store): store.count
    case .stored(let lists): lists.count
    }
  }

  func place(of id: UInt64) throws(IndexError) -> VectorStore.Place? {
    switch self {
    case .memory(let store): store.places[id]
    case .stored(let lists): try lists.place(of: id)
    }
  }

  func rowCount(of list: UInt32) throws(IndexError) -> Int {
    switch self {
    case .memory(let store): return store.lists[Int(list)].count
    case .stored(let lists):
      try lists.load([list], metadata: false)
      return lists.rows(of: list)
    }
  }
}

/// Lists that searches through memtables read: these keep their classes alive, so that nothing is counted meanwhile.
protocol BaseSource: AnyObject, ProductSource {}

// MARK: - In memory

extension VectorStore: BaseSource {}

extension IVFPQIndex: MemTableBase {
  var isDurable: Bool { false }

  var nextRow: UInt64 { trained?.store.nextSequence ?? 0 }

  func currentContents() throws(IndexError) -> BaseContents {
    let trained = try requireTrained()
    return BaseContents(
      model: ProductModel(quantizer: trained.quantizer, coder: trained.coder), lists: .memory(trained.store),
      nextRow: trained.store.nextSequence)
  }

  /// Takes as much memory as there is already: searches go on in the old store.
  ///
  /// - Complexity: O(n·d) for all n vectors, old and new.
  func take(_ rows: borrowing FlushedRows, removing ids: [UInt64], threads: Int) throws(IndexError) {
    let old = try requireTrained()
    let store = VectorStore(copying: old.store, threads: threads)
    for id in ids { store.remove(id: id) }
    let spill = configuration.spill(
      of: rows, dimension: dimension, in: old.quantizer, by: old.coder, threads: threads)
    store.append(
      rows.plan, productCodes: rows.codes, spill: spill, threads: threads,
      list: { [labels = rows.labels] in Int(labels[$0]) },
      write: { [vectors = rows.vectors] row, format, target in
        target.copyMemory(from: vectors.pointer[row]!, byteCount: format.rowBytes)
      })
    trained = Trained(quantizer: old.quantizer, coder: old.coder, store: store)
  }
}

// MARK: - In a file

extension StoredLists: BaseSource {}

extension PersistentIVFPQIndex: MemTableBase {
  /// One in a `MemoryStore` is gone with the process.
  var isDurable: Bool { store is LMDBStore }

  var nextRow: UInt64 { contents.nextSequence }

  func currentContents() throws(IndexError) -> BaseContents {
    let model = try requireModel()
    return BaseContents(
      model: model, lists: .stored(try snapshot().currentLists()), nextRow: contents.nextSequence)
  }

  /// One transaction, committed. - Complexity: O(n·d) for n rows and ids, and the chunks that these stand in.
  func take(_ rows: borrowing FlushedRows, removing ids: [UInt64], threads: Int) throws(IndexError) {
    let model = try requireModel()
    let spill = configuration.spill(
      of: rows, dimension: dimension, in: model.quantizer, by: model.coder, threads: threads)
    let (plan, labels, codes, vectors) = (rows.plan, rows.labels, rows.codes, rows.vectors)
    try change { (lists, contents) throws(StoreError) in
      for id in ids where try lists.remove(id) { contents.count -= 1 }
      try append(plan, labels: labels, codes: codes, spill: spill, to: lists, &contents) { row, format, target in
        target.copyMemory(from: vectors.pointer[row]!, byteCount: format.rowBytes)
      }
    }
    try commit()
  }
}

extension IVFPQConfiguration {
  /// The codes of flushed rows in the second list of each, found from their vectors, or from their codes where only these
  /// are kept; nil where they have no second list.
  fileprivate func spill(
    of rows: borrowing FlushedRows, dimension: Int, in quantizer: CoarseQuantizer, by coder: ProductCoder, threads: Int
  ) -> Spill? {
    guard spills else { return nil }
    let format = rowFormat(dimension: dimension)
    let vectors =
      format.encoding == .absent
      ? coder.decode(rows.codes, lists: rows.labels.map(UInt32.init), threads: threads)
      : Matrix(rows: rows.plan.ids.count, columns: dimension) { floats in
        floats.initialize(repeating: 0)
        for row in rows.plan.rows {
          format.read(rows.vectors.pointer[row]!, into: floats.baseAddress! + row * dimension)
        }
      }
    return spill(of: vectors, labels: rows.labels, in: quantizer, by: coder, threads: threads)
  }
}
