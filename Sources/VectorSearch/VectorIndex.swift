import VectorCore

/// What the harness measures: an index that answers k-nearest-neighbour queries.
///
/// What else an index can do it says by conforming to `TrainableIndex` and `MutableVectorIndex`. Any number of
/// threads may search at once, each with a scratch and an answer of its own; training, inserting and removing
/// need the index for themselves.
public protocol VectorIndex: AnyObject, Sendable {
  /// Kind, metrics and parameters: what validation, the sweep grammar and the help are derived from.
  var declaration: IndexDeclaration { get }
  var dimension: Int { get }
  var metric: Metric { get }
  /// How many vectors are stored.
  var count: Int { get }
  var statistics: IndexStatistics { get }

  /// Makes the working memory that one searching thread hands to each of its searches.
  func makeScratch() -> SearchScratch

  /// Gets ready for searches with these parameters. Called before them, while nothing searches; no part of their time.
  ///
  /// For an index that keeps search parameters as its own state; others do nothing.
  func prepare(_ parameters: SearchParameters) throws(IndexError)

  /// Finds the `k` nearest stored vectors, ordered by (distance, insertion sequence), into `answer`.
  ///
  /// Allocates nothing once scratch and answer have grown to size. Checks, in this order: trained, dimension and
  /// finite components, metric, filter, k. `k` 0, an empty index, or an all-zero query under angular: no neighbours.
  /// `k` is an argument, never part of `parameters`; fewer than `k` are found only where fewer were looked at.
  ///
  /// - Parameters:
  ///   - query: `dimension` finite floats.
  ///   - k: a negative one is refused; more than there are vectors find all that are looked at.
  ///   - filter: only vectors whose metadata it accepts are looked at.
  ///   - scratch: from this index's `makeScratch`.
  func search(
    _ query: Span<Float>, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answer: inout TopK
  ) throws(IndexError)

  /// Answers all `queries` in one call on the calling thread; same answers as one `search` each.
  ///
  /// - Parameter answers: one answer per query is appended, in the order of the queries.
  func searchBatch(
    _ queries: Matrix, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answers: inout NeighborBatch
  ) throws(IndexError)
}

/// An index whose type says what it is: the kind that an `IndexCatalog` lists and makes indexes of.
public protocol DeclaredIndex: VectorIndex {
  /// What every index of this type declares.
  static var declaration: IndexDeclaration { get }

  /// Makes an empty index.
  ///
  /// - Parameters:
  ///   - dimension: components of every vector and query, at least 1.
  ///   - parameters: build parameters, already checked against `declaration.build`.
  ///   - seed: where all randomness of this index comes from.
  /// - Throws: `IndexError` for a metric or a combination of parameters that this index does not support.
  init(dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64) throws(IndexError)
}

extension DeclaredIndex {
  public var declaration: IndexDeclaration { Self.declaration }
}

/// An index that learns from vectors before it can store any.
public protocol TrainableIndex: VectorIndex {
  var isTrained: Bool { get }

  /// Learns from `vectors`, n × d; stores none of them. The result does not depend on `threads`.
  ///
  /// - Throws: `IndexError` when already trained, or for vectors that are too few, of another dimension or not
  ///   finite; the index is then as it was.
  func train(_ vectors: Matrix, threads: Int) throws(IndexError)

  /// Learns again from the stored vectors in order of insertion; keeps every vector, id, sequence and metadata.
  ///
  /// - Throws: `IndexError` when untrained; a failure leaves the index as it was. An empty index: nothing happens.
  func retrain(threads: Int) throws(IndexError)
}

/// An index that stores and finds vectors before it is trained, and trains itself when it has enough of them.
///
/// The harness does not train such an index; it trains itself while it is filled.
public protocol SelfTrainingIndex: TrainableIndex {}

/// What an insert does when the id is stored already.
public enum ConflictRule: Sendable {
  /// Refuse, with `IndexError.duplicateID`.
  case fail
  /// Replace vector and metadata; the vector gets a new insertion sequence.
  case replace
}

/// An index whose vectors come and go.
public protocol MutableVectorIndex: VectorIndex {
  /// Stores one vector per id, all or nothing.
  ///
  /// - Parameters:
  ///   - ids: n ids; an id twice in one batch is a conflict like any other: the later one replaces, or all is refused.
  ///   - vectors: n × d, finite.
  ///   - metadata: n of them, or empty for none.
  /// - Returns: how many ids were new.
  /// - Throws: `IndexError`; the index is then as it was.
  @discardableResult
  func insertBatch(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata], onConflict: ConflictRule, threads: Int
  ) throws(IndexError) -> Int

  /// Removes the vector; false when there is none of this id.
  @discardableResult
  func remove(id: UInt64) throws(IndexError) -> Bool
}

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

/// Working memory of one searching thread; each index keeps its own kind.
open class SearchScratch {
  public init() {}
}

extension VectorIndex {
  public func prepare(_ parameters: SearchParameters) throws(IndexError) {}

  /// One search after the other: right for an index that gains nothing from seeing several queries at once.
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
