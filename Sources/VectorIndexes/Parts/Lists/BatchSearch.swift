import CKernels
import VectorCore

/// A batch of queries over coded lists: a list's codes are read once for all queries that look at it.
///
/// First every query's nearest list, then all the others: when the bulk of the lists is read, each query knows a
/// threshold already. The answers are those of one search each.
struct BatchSearch: ~Copyable {
  /// Queries that are kept in hand at once.
  static let rows = 1024
  /// Queries that one pass over a block of codes serves; the kernel unpacks the codes once for all of them.
  private static let tile = 8
  /// Rows of a list that a tile of queries looks at in turn: their codes stay in the L2 cache.
  private static let blockRows = 256

  /// What is known of one query so far.
  private struct QueryState: ~Copyable {
    var answer: TopK
    var deferred = DeferredCandidates()
  }

  private let store: VectorStore
  private let bounded: BoundedScan
  private let count: Int
  private let queryBytes: Int
  /// The prepared queries, count × d, and their codes, count × `queryBytes`.
  private let vectors: UnsafeMutablePointer<Float>
  private let codes: UnsafeMutablePointer<Int8>
  private let states: UnsafeMutablePointer<QueryState>
  private let kept: UnsafeMutablePointer<rbk_sq4_kept>
  private var coded: [CodedQuery] = []
  /// The lists that query i looks at, nearest first; none for a query without neighbours.
  private var probes: [[UInt32]] = []

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
    for row in 0..<count {
      (states + row).initialize(to: QueryState(answer: TopK(k: k)))
      let vector = vectors + row * store.dimension
      search.prepare(queries[row: row])
      vector.initialize(from: search.scratch.query.vector, count: store.dimension)
      coded.append(CodedQuery(vector, quantizer: quantizer, codes: codes + row * queryBytes))
      probes.append(search.scratch.probedLists + search.scratch.exactLists)
    }
  }

  deinit {
    states.deinitialize(count: count)
    states.deallocate()
    vectors.deallocate()
    codes.deallocate()
    kept.deallocate()
  }

  /// Adds the answer to each query, in their order.
  func run(into answers: inout NeighborBatch) {
    scan { $0.prefix(1) }
    scan { $0.dropFirst() }
    for query in 0..<count {
      bounded.finish(&states[query].deferred, query: coded[query], into: &states[query].answer)
      states[query].answer.sort()
      store.metric.report(&states[query].answer)
      answers.append(states[query].answer)
    }
  }

  /// Scans, list by list, the part of each query's lists that `part` takes.
  private func scan(_ part: (ArraySlice<UInt32>) -> ArraySlice<UInt32>) {
    var queriesOfList = [[Int32]](repeating: [], count: store.lists.count)
    for query in 0..<count {
      for list in part(probes[query][...]) { queriesOfList[Int(list)].append(Int32(query)) }
    }
    for list in queriesOfList.indices where !queriesOfList[list].isEmpty && store.lists[list].count > 0 {
      scan(list, for: queriesOfList[list])
    }
  }

  private func scan(_ number: Int, for queries: [Int32]) {
    let list = store.lists[number]
    let bounds = queries.map { list.bound(coded[Int($0)]) }
    withUnsafeTemporaryAllocation(of: Int8.self, capacity: queries.count * queryBytes) { gathered in
      for (place, query) in queries.enumerated() {
        gathered.baseAddress!.advanced(by: place * queryBytes).initialize(
          from: codes + Int(query) * queryBytes, count: queryBytes)
      }
      var start = 0
      while start < list.count {
        // All of them are as far as the first: at their first list, or past it.
        let rows = min(
          BoundedScan.rowsAtOnce(states[Int(queries[0])].answer), Self.blockRows, list.count - start)
        for first in stride(from: 0, to: queries.count, by: Self.tile) {
          let tile = first..<min(first + Self.tile, queries.count)
          scan(
            list, number, rows: start..<start + rows, queries: queries[tile], bounds: bounds[tile],
            codes: gathered.baseAddress! + first * queryBytes)
        }
        start += rows
      }
    }
  }

  /// One block of a list for one tile of queries.
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
