import VectorCore

/// The storage of an index of product codes, in memory or in a file: its model, rows and metadata.
///
/// The index decides which rows are stored in which lists; the storage keeps them. The index calls its storage once for
/// each change and each search, never for a single row. Every change is atomic.
protocol PostingStore: AnyObject, Sendable {
  /// The trained model; `nil` before training.
  var model: ProductModel? { get }
  var count: Int { get }
  /// The insertion sequence of the next row.
  var nextSequence: UInt64 { get }
  /// The number of lists to search when the search leaves it to the index.
  var defaultNProbe: Int { get }
  /// Bytes in memory, without the model.
  var memoryBytes: Int { get }
  /// Bytes of the file; 0 for an index in memory.
  var diskBytes: Int { get }
  /// The error of every change, if changes are refused; otherwise `nil`.
  var refusal: IndexError? { get }
  /// Whether a committed change survives a crash.
  var isDurable: Bool { get }
  /// A number that no other file has; `nil` for an index in memory.
  var identity: UInt64? { get }

  /// Checks a batch before anything changes; see `InsertPlan`.
  func plan(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata], onConflict rule: ConflictRule, threads: Int
  ) throws(IndexError) -> InsertPlan

  /// The lists of a trained index, including all changes.
  func lists() throws(IndexError) -> PostingLists

  /// The lists of a trained index as they are now; no later change affects them. All changes must be committed.
  func lastingLists() throws(IndexError) -> PostingLists

  /// Removes all rows and replaces the model.
  func clear(for model: ProductModel) throws(IndexError)

  /// Removes rows, and then stores rows of a batch whose ids are in no list any more.
  ///
  /// - Parameters:
  ///   - coded: the lists and codes of all rows of the batch.
  ///   - removed: the ids to remove; ids that are not stored are ignored.
  ///   - write: writes the vector of a row of the batch to the address, all bytes of the storage format.
  func insert(
    _ batch: InsertPlan, _ coded: CodedVectors, removing removed: [UInt64], threads: Int,
    write: @Sendable (_ row: Int, _ format: RowFormat, _ target: UnsafeMutableRawPointer) -> Void
  ) throws(IndexError)

  /// Removes the row of an id; returns false when there is none.
  func remove(_ id: UInt64) throws(IndexError) -> Bool

  /// Moves all rows into the lists of another model; ids, sequences, vectors and metadata stay the same.
  ///
  /// - Parameters:
  ///   - order: the places of all rows, in the order in which they are appended to their new lists.
  ///   - coded: the lists and codes of these rows, in the same order.
  func regroup(_ order: [RowPlace], _ coded: CodedVectors, by model: ProductModel, threads: Int) throws(IndexError)

  func setDefaultNProbe(_ nprobe: Int) throws(IndexError)

  /// Makes all changes durable and visible to others, if the storage supports that.
  func commit() throws(IndexError)
}

/// The lists of an index in memory or in a file. A search distinguishes the two once, not for each row.
enum PostingLists {
  case memory(VectorStore)
  case stored(StoredLists)

  var listCount: Int {
    switch self {
    case .memory(let store): store.lists.count
    case .stored(let lists): lists.listCount
    }
  }

  /// The number of vectors.
  var count: Int {
    switch self {
    case .memory(let store): store.count
    case .stored(let lists): lists.count
    }
  }

  func place(of id: UInt64) throws(IndexError) -> RowPlace? {
    switch self {
    case .memory(let store): store.place(of: id)
    case .stored(let lists): try lists.place(of: id)
    }
  }

  /// The rows of a list, whose vectors are not looked at for that.
  func rowCount(of list: UInt32) throws(IndexError) -> Int {
    switch self {
    case .memory(let store): store.lists[Int(list)].count
    case .stored(let lists): try lists.countRows(of: list)
    }
  }
}
