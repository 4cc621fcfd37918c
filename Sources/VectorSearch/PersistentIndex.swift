import VectorCore

/// An index that is stored in a file: changes are made in transactions, and readers see the last commit.
///
/// The first change begins a transaction, which the next `commit` or `abort` ends. Searches of the index itself see its
/// changes at once. Searches of its snapshots and of other processes see only committed changes. As `VectorIndex`
/// requires, the caller never changes and searches the index itself at the same time; a snapshot may be searched at any
/// time.
///
/// When a change throws `IndexError.storage`, the whole transaction has been undone.
public protocol PersistentIndex: DeclaredIndex, MutableVectorIndex, TrainableIndex {
  /// Opens the index in the file `path` for reading and writing, and makes it if it does not exist.
  ///
  /// - Throws: `IndexError.storage` for a file that cannot be used; `.storedOtherwise` if the stored index differs from
  ///   the one asked for. The file is then unchanged.
  static func open(
    at path: String, dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64
  ) throws(IndexError) -> Self

  /// Opens the index in the file `path` for reading, as it was last committed.
  static func open(readOnly path: String) throws(IndexError) -> Self

  /// Whether changes are refused; true for an index opened for reading, and for a snapshot.
  var isReadOnly: Bool { get }

  /// Makes all changes since the last commit durable and visible to others, atomically. Does nothing without changes.
  func commit() throws(IndexError)

  /// Undoes all changes since the last commit.
  func abort()

  /// The index as of its last commit, for as long as the snapshot exists. Any thread may call this at any time.
  func snapshot() throws(IndexError) -> Self
}

/// An index that a build parameter can place in a file.
public protocol StorableIndex: DeclaredIndex {
  /// The type whose `open(at:)` makes the index with these build parameters; `nil` if that index is in memory.
  static func persistentType(for parameters: Parameters) -> (any PersistentIndex.Type)?
}
