import OrderedStore
import VectorCore
import VectorSearch

/// An index in an ordered store: every kind is opened, compacted and told of in the same way.
public protocol StoredIndex: PersistentIndex, ClusteredIndex {
  associatedtype Configuration: IndexConfiguration

  /// What a store with an index of this kind is for; the version goes up with each change of what the tables hold.
  static var application: StoreApplication { get }

  /// Opens the index in a store, or makes it where there is none.
  ///
  /// - Parameter path: where the store is, for errors.
  init(
    openOrMake store: any OrderedStore, at path: String, dimension: Int, metric: Metric, configuration: Configuration,
    seed: UInt64
  ) throws(IndexError)

  /// Opens the index that is in a store for reading.
  init(readOnly store: any OrderedStore, at path: String) throws(IndexError)

  /// Where the index is.
  var store: any OrderedStore { get }
  /// How the index was made, with the values that were left to it.
  var configuration: Configuration { get }
  /// Where all randomness of the index comes from.
  var seed: UInt64 { get }
  /// The insertion sequence of the next vector.
  var nextSequence: UInt64 { get }

  /// `clusterSizes`, or what keeps the store from being read.
  func readClusterSizes() throws(IndexError) -> [Int]
}

extension StoredIndex {
  public static func open(
    at path: String, dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64
  ) throws(IndexError) -> Self {
    try open(at: path, dimension: dimension, metric: metric, configuration: Configuration(parameters), seed: seed)
  }

  /// Opens the index in the file `path` for reading and writing; makes it where there is none.
  ///
  /// - Throws: `IndexError.storage` for a file that can't be used, `.storedOtherwise` for the first thing in which the
  ///   index there is not what is asked for; the file is then as it was.
  public static func open(
    at path: String, dimension: Int, metric: Metric, configuration: Configuration = .standard, seed: UInt64
  ) throws(IndexError) -> Self {
    // What can't be made leaves no file.
    try configuration.validate(dimension: dimension, metric: metric)
    let store = try storing { () throws(StoreError) in try LMDBStore.open(path, for: application) }
    return try Self(
      openOrMake: store, at: path, dimension: dimension, metric: metric, configuration: configuration, seed: seed)
  }

  public static func open(readOnly path: String) throws(IndexError) -> Self {
    let store = try storing { () throws(StoreError) in try LMDBStore.open(readOnly: path, for: application) }
    return try Self(readOnly: store, at: path)
  }

  /// Writes the index, as it was last committed, into a new file, without the room that removals have left.
  ///
  /// A list never has a hole to scan past; but a file keeps its size, and what is removed is room for what comes.
  ///
  /// - Throws: `IndexError.storage`, also where there is a file with an index already.
  /// - Complexity: O(bytes).
  public func compact(into path: String) throws(IndexError) {
    try storing { () throws(StoreError) in try store.copy(into: path, for: Self.application) }
  }
}
