import VectorCore

/// Where an index of product codes in lists keeps its model, rows and metadata: in memory, or in a file.
///
/// The index says what is stored and where; the store keeps it. It is called once for each change and each search, never
/// for a single row. A change is made as a whole or not at all.
protocol PostingStore: AnyObject, Sendable {
  /// `nil` before training.
  var model: ProductModel? { get }
  var count: Int { get }
  /// The insertion sequence of the next row.
  var nextSequence: UInt64 { get }
  /// Lists that a search looks at which leaves it to the index.
  var defaultNProbe: Int { get }
  /// Bytes in memory, without those of the model.
  var memoryBytes: Int { get }
  /// Bytes of the file; 0 in memory.
  var diskBytes: Int { get }
  /// What is wrong with a change, where none is accepted.
  var refusal: IndexError? { get }
  /// Whether what is committed is there after a crash.
  var isDurable: Bool { get }
  /// A number that no other file has; `nil` in memory.
  var identity: UInt64? { get }

  /// Checks a batch before anything changes; see `InsertPlan`.
  func plan(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata], onConflict rule: ConflictRule, threads: Int
  ) throws(IndexError) -> InsertPlan

  /// The lists of a trained index, with all changes.
  func lists() throws(IndexError) -> PostingLists

  /// The lists of a trained index as they are now, which no later change touches. Everything is committed.
  func lastingLists() throws(IndexError) -> PostingLists

  /// Removes all rows, and goes on with another model.
  func clear(for model: ProductModel) throws(IndexError)

  /// Removes rows, and stores those of a batch whose ids are in no list then.
  ///
  /// - Parameters:
  ///   - coded: all rows of the batch.
  ///   - removed: ids; those that are not stored change nothing.
  ///   - write: writes the vector of a row of the batch at the address, in the format, every byte of it.
  func insert(
    _ batch: InsertPlan, _ coded: CodedVectors, removing removed: [UInt64], threads: Int,
    write: @Sendable (_ row: Int, _ format: RowFormat, _ target: UnsafeMutableRawPointer) -> Void
  ) throws(IndexError)

  /// Removes a row; false when there is none of this id.
  func remove(_ id: UInt64) throws(IndexError) -> Bool

  /// Moves all rows into the lists of another model; ids, sequences, vectors and metadata stay.
  ///
  /// - Parameters:
  ///   - order: the places of all rows, in the order in which they go into their new lists.
  ///   - coded: beside them.
  func regroup(_ order: [RowPlace], _ coded: CodedVectors, by model: ProductModel, threads: Int) throws(IndexError)

  func setDefaultNProbe(_ nprobe: Int) throws(IndexError)

  /// Makes all changes visible to others and durable, where the store does either.
  func commit() throws(IndexError)
}

/// The lists of an index, in memory or in a file. Searches look which they are once, not for each row.
enum PostingLists {
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
