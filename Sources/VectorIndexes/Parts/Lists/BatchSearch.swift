import CKernels
import VectorCore

/// Answers a batch of queries over lists with scalar codes, reading the codes of a list once for all its queries.
///
/// First it scans the nearest list of every query, then all the other lists: when most lists are read, each query
/// already has a threshold. The answers are those of separate searches.
struct BatchSearch: ~Copyable {
  /// The number of queries served by one pass over a block of codes; the kernel unpacks the codes once for all of them.
  private static let tile = 8
  /// The number of rows of a list that all queries of a tile scan in turn, so that the codes stay in the L2 cache.
  private static let blockRows = 256

  /// The state of one query.
  private struct QueryState: ~Copyable {
    var answer: TopK
    var deferred = DeferredCandidates()
  }

  /// About the bytes that are kept for a query: its vector and codes, the answer, deferred candidates, and its lists.
  static func stateBytes(k: Int, dimension: Int, probed: Int) -> Int {
    5 * dimension + k * MemoryLayout<Neighbor>.stride + 256 * MemoryLayout<DeferredCandidate>.stride
      + GroupedByList<Int32>.bytes(of: probed)
  }

  private let store: VectorStore
  private let bounded: BoundedScan
  private let count: Int
  private let queryBytes: Int
  /// The prepared queries, count × d; their codes, count × `queryBytes`.
  private let vectors: UnsafeMutablePointer<Float>
  private let codes: UnsafeMutablePointer<Int8>
  private let states: UnsafeMutablePointer<QueryState>
  private let kept: UnsafeMutablePointer<rbk_sq4_kept>
  private var coded: [CodedQuery] = []
  /// The queries by the list nearest to them, and by the other lists that they probe.
  private var nearest: GroupedByList<Int32>
  private var others: GroupedByList<Int32>

  /// Prepares the queries and chooses their lists.
  init(_ queries: Matrix, k: Int, search: ListSearch<some ListProbe>, quantizer: ScalarQuantizer) {
    store = search.store
    bounded = BoundedScan(store: search.store, scratch: search.scratch)
    count = queries.rows
    queryBytes = quantizer.queryBytes
    vectors = .allocate(capacity: count * store.dimension)
    codes = .allocate(capacity: count * queryBytes)
    states = .allocate(capacity: count)
    kept = .allocate(capacity: Self.tile * Self.blockRows)
    nearest = GroupedByList(lists: store.lists.count)
    others = nearest
    let scratch = search.scratch
    search.probe.chooseLists(of: store.lists.count, for: queries, vectors: vectors, scratch: scratch) { row in
      (states + row).initialize(to: QueryState(answer: TopK(k: k)))
      coded.append(
        CodedQuery(vectors + row * store.dimension, quantizer: quantizer, codes: codes + row * queryBytes))
      for list in scratch.probedLists.prefix(1) { nearest.append(Int32(row), to: list) }
      for list in scratch.probedLists.dropFirst() { others.append(Int32(row), to: list) }
      for list in scratch.exactLists { others.append(Int32(row), to: list) }
    }
  }

  deinit {
    states.deinitialize(count: count)
    states.deallocate()
    vectors.deallocate()
    codes.deallocate()
    kept.deallocate()
  }

  /// Appends the answer to each query, in the order of the queries.
  func run(into answers: inout NeighborBatch) {
    for round in [nearest, others] {
      round.forEachList { list, queries in
        if store.lists[Int(list)].count > 0 { scan(Int(list), for: queries) }
      }
    }
    for query in 0..<count {
      bounded.finish(&states[query].deferred, query: coded[query], into: &states[query].answer)
      states[query].answer.sort()
      store.metric.report(&states[query].answer)
      answers.append(states[query].answer)
    }
  }

  private func scan(_ number: Int, for queries: ArraySlice<Int32>) {
    let list = store.lists[number]
    let bounds = queries.map { list.bound(coded[Int($0)]) }
    withUnsafeTemporaryAllocation(of: Int8.self, capacity: queries.count * queryBytes) { gathered in
      for (place, query) in queries.enumerated() {
        gathered.baseAddress!.advanced(by: place * queryBytes).initialize(
          from: codes + Int(query) * queryBytes, count: queryBytes)
      }
      var start = 0
      while start < list.count {
        // All these queries are at their first list, or all are past it: none has a threshold yet, or all have one.
        let rows = min(
          BoundedScan.rowsAtOnce(states[Int(queries.first!)].answer), Self.blockRows, list.count - start)
        for first in stride(from: 0, to: queries.count, by: Self.tile) {
          scan(
            list, number, rows: start..<start + rows, queries: queries.dropFirst(first).prefix(Self.tile),
            bounds: bounds.dropFirst(first).prefix(Self.tile), codes: gathered.baseAddress! + first * queryBytes)
        }
        start += rows
      }
    }
  }

  /// Scans one block of rows of a list for one tile of queries.
  private func scan(
    _ list: VectorList, _ number: Int, rows: Range<Int>, queries: ArraySlice<Int32>, bounds: ArraySlice<ListBound>,
    codes: UnsafePointer<Int8>
  ) {
    withUnsafeTemporaryAllocation(of: rbk_sq4_bound.self, capacity: Self.tile) { limits in
      withUnsafeTemporaryAllocation(of: Int.self, capacity: Self.tile) { counts in
        for (place, (query, bound)) in zip(queries, bounds).enumerated() {
          let query = Int(query)
          limits[place] = bound.within(coded[query].limit(states[query].answer.threshold))
        }
        Kernels.active.sq4.pointee.scan(
          list.codeBlock(from: rows.lowerBound), rows.count, store.dimension, codes, queries.count,
          limits.baseAddress!, kept, Self.blockRows, counts.baseAddress!)
        for (place, (query, bound)) in zip(queries, bounds).enumerated() {
          let query = Int(query)
          states[query].answer.distanceComputations += rows.count
          bounded.take(
            kept + place * Self.blockRows, count: counts[place], list: number, from: rows.lowerBound,
            query: coded[query], bound: bound, deferred: &states[query].deferred, into: &states[query].answer)
        }
      }
    }
  }
}
