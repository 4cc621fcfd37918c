import VectorCore

/// An index that lives in a file: changes are made in transactions, and readers see what was committed.
///
/// The first change begins the transaction that the next `commit` or `abort` ends. Searches of the index itself see
/// its changes at once; those of its snapshots, and of other processes, once they are committed. Changes and searches
/// of the index itself are kept apart by its user, as `VectorIndex` says; snapshots are searched whatever goes on.
///
/// An `IndexError.storage` thrown by a change means that the whole transaction has been undone.
public protocol PersistentIndex: DeclaredIndex, MutableVectorIndex, TrainableIndex {
  /// Opens the index in the file `path` for reading and writing; makes it where there is none.
  ///
  /// - Throws: `IndexError.storage` for a file that can't be used, `.storedOtherwise` for the first thing in which the
  ///   index there is not what is asked for; the file is then as it was.
  static func open(
    at path: String, dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64
  ) throws(IndexError) -> Self

  /// Opens the index in the file `path` for reading, as it was last committed.
  static func open(readOnly path: String) throws(IndexError) -> Self

  /// Whether changes are refused: of an index that was opened for reading, and of snapshots.
  var isReadOnly: Bool { get }

  /// Makes all changes since the last commit visible to others and durable, together; nothing when there are none.
  func commit() throws(IndexError)

  /// Undoes all changes since the last commit.
  func abort()

  /// The index as it was last committed, for as long as the snapshot lives. May be called at any time, by any thread.
  func snapshot() throws(IndexError) -> Self
}

/// An index that can be asked, by a build parameter, to live in a file.
public protocol StorableIndex: DeclaredIndex {
  /// Whose `open(at:)` makes the index that these build parameters ask for; nil where that is one in memory.
  static func persistentType(for parameters: Parameters) -> (any PersistentIndex.Type)?
}
