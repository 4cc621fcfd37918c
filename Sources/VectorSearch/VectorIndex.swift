import VectorCore

/// An index that answers k-nearest-neighbour queries: the least that the harness can measure.
///
/// An index declares further abilities by conforming to `TrainableIndex` and `MutableVectorIndex`. Any number of
/// threads may search at once, each with its own scratch and answer. Training, inserting and removing need exclusive
/// access: nothing else may use the index meanwhile.
public protocol VectorIndex: AnyObject, Sendable {
  /// The kind, metrics and parameters, from which checks, sweep files and help texts are derived.
  var declaration: IndexDeclaration { get }
  var dimension: Int { get }
  var metric: Metric { get }
  /// The number of stored vectors.
  var count: Int { get }
  var statistics: IndexStatistics { get }

  /// Makes the working memory that a searching thread passes to each of its searches.
  func makeScratch() -> SearchScratch

  /// Prepares the index for searches with these parameters; called before them, while no search runs, and not timed.
  ///
  /// An index that keeps search parameters as state sets them here; other indexes do nothing.
  func prepare(_ parameters: SearchParameters) throws(IndexError)

  /// Finds the `k` nearest stored vectors, ordered by (distance, insertion sequence), into `answer`.
  ///
  /// A search allocates nothing once scratch and answer have grown to size. It checks, in this order: the index is
  /// trained; dimension and finite components of the query; metric; filter; k. There are no neighbours for `k` 0, for
  /// an empty index, or for an all-zero query under angular. Fewer than `k` neighbours are returned only when fewer
  /// vectors were compared.
  ///
  /// - Parameters:
  ///   - query: `dimension` finite floats.
  ///   - k: the number of neighbours, at least 0; if it exceeds the number of vectors compared, all of these are
  ///     returned.
  ///   - filter: only vectors whose metadata the filter accepts are compared.
  ///   - scratch: made by this index's `makeScratch`.
  func search(
    _ query: Span<Float>, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answer: inout TopK
  ) throws(IndexError)

  /// Answers all `queries` in one call on the calling thread, with the same answers as one `search` each.
  ///
  /// - Parameter answers: one answer per query is appended, in the order of the queries.
  func searchBatch(
    _ queries: Matrix, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answers: inout NeighborBatch
  ) throws(IndexError)
}

/// An index type with a static declaration, which an `IndexCatalog` can list and make indexes of.
public protocol DeclaredIndex: VectorIndex {
  /// The declaration of every index of this type.
  static var declaration: IndexDeclaration { get }

  /// Makes an empty index.
  ///
  /// - Parameters:
  ///   - dimension: the number of components of every vector and query, at least 1.
  ///   - parameters: build parameters, already checked against `declaration.build`.
  ///   - seed: the seed of all randomness of this index.
  /// - Throws: `IndexError` for a metric or a combination of parameters that this index does not support.
  init(dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64) throws(IndexError)
}

extension DeclaredIndex {
  public var declaration: IndexDeclaration { Self.declaration }
}

/// An index that learns from vectors before it can store any.
public protocol TrainableIndex: VectorIndex {
  var isTrained: Bool { get }

  /// Learns from `vectors`, n × d, without storing them. The result does not depend on `threads`.
  ///
  /// - Throws: `IndexError` when already trained, and for vectors that are too few, of another dimension or not finite.
  ///   The index is then unchanged.
  func train(_ vectors: Matrix, threads: Int) throws(IndexError)

  /// Learns again from the stored vectors, in the order of insertion; keeps every vector, id, sequence and metadata.
  ///
  /// An empty index is left as it is.
  ///
  /// - Throws: `IndexError` when untrained. After a failure the index is unchanged.
  func retrain(threads: Int) throws(IndexError)
}

/// An index that stores and finds vectors before it is trained, and trains itself once it has enough of them.
///
/// The harness does not train such an index; it trains itself while it is filled.
public protocol SelfTrainingIndex: TrainableIndex {}

/// What an insertion does with an id that is already stored.
public enum ConflictRule: Sendable {
  /// The insertion is refused with `IndexError.duplicateID`.
  case fail
  /// The vector and its metadata are replaced; the vector gets a new insertion sequence.
  case replace
}

/// An index that can insert and remove vectors.
public protocol MutableVectorIndex: VectorIndex {
  /// Stores one vector per id; either all of them or none.
  ///
  /// - Parameters:
  ///   - ids: n ids. A repeated id in a batch is a conflict as well: the last one replaces the others, or the batch is
  ///     refused.
  ///   - vectors: n × d, with finite components.
  ///   - metadata: n dictionaries, or none at all.
  /// - Returns: the number of new ids.
  /// - Throws: `IndexError`; the index is then unchanged.
  @discardableResult
  func insertBatch(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata], onConflict: ConflictRule, threads: Int
  ) throws(IndexError) -> Int

  /// Removes the vector with this id; returns false when there is none.
  @discardableResult
  func remove(id: UInt64) throws(IndexError) -> Bool
}

/// An index that may be searched by any number of threads while others insert and remove.
///
/// Changes may wait for each other; a search sees each change as a whole or not at all.
public protocol ConcurrentlyMutableIndex: MutableVectorIndex {}

extension MutableVectorIndex {
  /// Stores one vector.
  ///
  /// - Returns: whether the id was new.
  @discardableResult
  public func insert(
    id: UInt64, vector: [Float], metadata: Metadata = [:], onConflict: ConflictRule = .fail
  ) throws(IndexError) -> Bool {
    let row = Matrix([vector])
    return try insertBatch(
      ids: [id], vectors: row, metadata: metadata.isEmpty ? [] : [metadata], onConflict: onConflict, threads: 1) == 1
  }
}

/// The working memory of one searching thread; an index that needs more memory makes a subclass.
open class SearchScratch {
  public init() {}
}

extension VectorIndex {
  public func prepare(_ parameters: SearchParameters) throws(IndexError) {}

  /// Answers the queries one after the other, for an index that gains nothing from several queries at once.
  public func searchBatch(
    _ queries: Matrix, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answers: inout NeighborBatch
  ) throws(IndexError) {
    if let trainable = self as? any TrainableIndex, !(self is any SelfTrainingIndex), !trainable.isTrained {
      throw .notTrained(kind: declaration.kind)
    }
    try check(queries, k: k, parameters, filter)
    var answer = TopK(k: 0)
    for row in 0..<queries.rows {
      try search(queries[row: row], k: k, parameters: parameters, filter: filter, scratch: scratch, into: &answer)
      answers.append(answer)
    }
  }
}
