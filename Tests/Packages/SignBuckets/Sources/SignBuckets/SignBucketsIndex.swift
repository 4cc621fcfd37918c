import VectorSearch

/// Groups vectors by the signs of their first components, and searches the groups nearest to the query's own.
///
/// Unchecked because the contract of `VectorIndex` keeps changes and searches apart; searches only read.
public final class SignBucketsIndex: DeclaredIndex, MutableVectorIndex, @unchecked Sendable {
  public static let declaration = IndexDeclaration(
    kind: "sign-buckets", summary: "buckets by the signs of the first components", metrics: [.euclidean],
    build: [
      ParameterDeclaration(
        "bits", .integer(1...16), default: .integer(4), "components whose signs name a bucket",
        tuning: .values([.integer(2), .integer(4), .integer(8)])),
      ParameterDeclaration("capacity", .integer(1...1 << 32), default: .integer(1 << 32), "vectors at most"),
    ],
    search: [
      ParameterDeclaration(
        "nprobe", .integer(1...1 << 16), default: .integer(4), "buckets to look at, nearest first", tuning: .bisected)
    ])

  private struct Entry {
    let id: UInt64
    let sequence: UInt64
    let vector: [Float]
    let metadata: Metadata
  }

  public let dimension: Int
  public let metric: Metric
  private let capacity: Int
  /// Numbers of buckets relative to the query's, those with the fewest different signs first.
  private let order: [Int]
  private var buckets: [[Entry]]
  private var bucketOfID: [UInt64: Int] = [:]
  private var nextSequence: UInt64 = 0

  public init(dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64) throws(IndexError) {
    try Self.declaration.check(dimension: dimension, metric: metric)
    let bits = min(parameters.integer("bits"), dimension)
    self.dimension = dimension
    self.metric = metric
    capacity = parameters.integer("capacity")
    order = (0..<1 << bits).sorted { ($0.nonzeroBitCount, $0) < ($1.nonzeroBitCount, $1) }
    buckets = Array(repeating: [], count: 1 << bits)
  }

  public var count: Int { bucketOfID.count }

  public var statistics: IndexStatistics {
    let bytes = buckets.joined().reduce(order.count * 8) { $0 + Self.bytes(of: $1) }
    return IndexStatistics(kind: Self.declaration.kind, count: count, memoryBytes: bytes)
  }

  private static func bytes(of entry: Entry) -> Int {
    entry.metadata.reduce(64 + 4 * entry.vector.count) { bytes, field in
      if case .text(let text) = field.value { bytes + text.utf8.count } else { bytes + 16 }
    }
  }

  private func bucket(of vector: Span<Float>) -> Int {
    var bucket = 0
    var component = 0
    while 1 << component < order.count {
      if vector[component] < 0 { bucket |= 1 << component }
      component += 1
    }
    return bucket
  }

  @discardableResult
  public func insertBatch(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata], onConflict: ConflictRule, threads: Int
  ) throws(IndexError) -> Int {
    // Everything is checked before anything changes.
    guard ids.count == vectors.rows else { throw .countMismatch(what: "ids", expected: vectors.rows, got: ids.count) }
    guard metadata.isEmpty || metadata.count == vectors.rows else {
      throw .countMismatch(what: "metadata", expected: vectors.rows, got: metadata.count)
    }
    try vectors.check(dimension: dimension)
    var seen: Set<UInt64> = []
    for id in ids {
      let isNew = seen.insert(id).inserted && bucketOfID[id] == nil
      if !isNew, onConflict == .fail { throw .duplicateID(id) }
    }
    let newIDs = seen.count { bucketOfID[$0] == nil }
    guard count + newIDs <= capacity else { throw .own(IndexIsFull(capacity: capacity)) }

    for (row, id) in ids.enumerated() {
      try remove(id: id)
      let vector = vectors[row: row]
      var copy: [Float] = []
      for component in vector.indices { copy.append(vector[component]) }
      let bucket = bucket(of: vector)
      buckets[bucket].append(
        Entry(id: id, sequence: nextSequence, vector: copy, metadata: metadata.isEmpty ? [:] : metadata[row]))
      bucketOfID[id] = bucket
      nextSequence += 1
    }
    return newIDs
  }

  @discardableResult
  public func remove(id: UInt64) throws(IndexError) -> Bool {
    guard let bucket = bucketOfID.removeValue(forKey: id) else { return false }
    buckets[bucket].removeAll { $0.id == id }
    return true
  }

  public func makeScratch() -> SearchScratch { SearchScratch() }

  public func search(
    _ query: Span<Float>, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answer: inout TopK
  ) throws(IndexError) {
    answer.reset(k: 0)
    try check(query, k: k, parameters, filter)
    answer.reset(k: min(k, count))
    let own = bucket(of: query)
    for difference in order.prefix(parameters.values.integer("nprobe")) {
      for entry in buckets[own ^ difference] where filter?.accepts(entry.metadata) ?? true {
        var sum: Float = 0
        for component in query.indices {
          let part = query[component] - entry.vector[component]
          sum += part * part
        }
        answer.distanceComputations += 1
        answer.offer(Neighbor(distance: sum.squareRoot(), sequence: entry.sequence, id: entry.id))
      }
    }
    answer.sort()
  }
}

/// An error that only this index has.
public struct IndexIsFull: IndexFailure {
  public let capacity: Int

  public init(capacity: Int) { self.capacity = capacity }

  public var description: String { "the index holds \(capacity) vectors already: build it with a larger capacity" }
}
