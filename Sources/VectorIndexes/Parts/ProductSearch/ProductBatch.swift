import CKernels
import VectorCore

/// Answers a batch of queries over product codes, reading and unpacking the codes of a list once for all its queries.
///
/// First it scans the nearest list of every query, then the next nearest ones, then all the others: when most lists are
/// read, each query already has a threshold that few vectors pass. The answers are those of separate searches.
struct ProductBatch<Source: BlockSource, Probe: ListProbe>: ~Copyable {
  private typealias Limits = ProductBatchLimits

  /// A list that a query probes.
  private struct ProbedList: BitwiseCopyable {
    let query: Int32
    /// The distance of the query from the list's centroid, as reported to users.
    let distance: Float
  }

  /// The state of one query.
  private struct QueryState: ~Copyable {
    var estimator: Estimator?
    var shortlist = Shortlist()
    /// Where the query's lists are in `exactLists`.
    var exactLists = 0..<0
    var scanned = 0
  }

  /// About the bytes that are kept for a query: its vector and tables, the shortlist, its lists, and a flag for each list.
  static func stateBytes(k: Int, search: ProductSearch<Source, Probe>) -> Int {
    let lists = search.source.listCount
    return 4 * search.coder.quantizer.dimension + search.shape.tableBytes
      + Shortlist.bytes(for: search.candidates(for: k))
      + GroupedByList<ProbedList>.bytes(of: search.probe.most(of: lists)) + (search.scan.readsCopies ? lists : 0)
  }

  private let search: ProductSearch<Source, Probe>
  private let scan: CodeScan<Source>
  private let k: Int
  private let count: Int
  private let tableBytes: Int
  /// The prepared queries, count × d; their rounded tables, count × `tableBytes`.
  private let vectors: UnsafeMutablePointer<Float>
  private let tables: UnsafeMutablePointer<UInt8>
  private let states: UnsafeMutablePointer<QueryState>
  /// For each query and each list, whether the query probes the list; empty without spilled copies.
  private let isProbed: UnsafeMutablePointer<Bool>
  private let kept: UnsafeMutablePointer<rbk_pq_kept>
  /// The lists whose vectors are compared exactly, of one query after the other.
  private var exactLists: [UInt32] = []
  /// The queries by the lists near to them, and by the other lists that they probe; without the nearest ones.
  private var near: GroupedByList<ProbedList>
  private var others: GroupedByList<ProbedList>

  private var lists: Int { search.source.listCount }
  private var dimension: Int { search.coder.quantizer.dimension }

  /// Prepares the queries, chooses their lists, and scans the nearest list of each query.
  init(_ queries: Matrix, k: Int, search: ProductSearch<Source, Probe>) {
    self.search = search
    scan = search.scan
    self.k = k
    count = queries.rows
    tableBytes = search.shape.tableBytes
    vectors = .allocate(capacity: count * search.coder.quantizer.dimension)
    tables = AlignedMemory.allocate(byteCount: count * tableBytes).assumingMemoryBound(to: UInt8.self)
    states = .allocate(capacity: count)
    let flags = scan.readsCopies ? count * search.source.listCount : 0
    isProbed = .allocate(capacity: flags)
    isProbed.initialize(repeating: false, count: flags)
    kept = .allocate(capacity: Limits.tile * Limits.blockRows)
    near = GroupedByList(lists: search.source.listCount)
    others = near
    search.probe.chooseLists(
      of: search.source.listCount, for: queries, vectors: vectors, scratch: search.scratch.scan
    ) { query in
      (states + query).initialize(to: QueryState())
      prepare(query)
    }
  }

  deinit {
    states.deinitialize(count: count)
    states.deallocate()
    vectors.deallocate()
    tables.deallocate()
    isProbed.deallocate()
    kept.deallocate()
  }

  /// Notes the lists of the scratch's query, and scans the nearest one.
  private mutating func prepare(_ query: Int) {
    let (scratch, coder) = (search.scratch, search.coder)
    states[query].shortlist.reset(wanted: search.candidates(for: k))
    states[query].exactLists = exactLists.count..<exactLists.count + scratch.scan.exactLists.count
    exactLists.append(contentsOf: scratch.scan.exactLists)
    let (numbers, distances) = (scratch.scan.probedLists, scratch.scan.probedDistances)
    guard let nearest = numbers.first else { return }
    if scan.readsCopies {
      for number in numbers { isProbed[query * lists + Int(number)] = true }
      for number in scratch.scan.exactLists { isProbed[query * lists + Int(number)] = true }
    }
    for rank in numbers.indices.dropFirst() {
      let probe = ProbedList(query: Int32(query), distance: distances[rank])
      if rank < Limits.near {
        near.append(probe, to: numbers[rank])
      } else {
        others.append(probe, to: numbers[rank])
      }
    }
    let estimator = coder.makeEstimator(
      scratch.scan.query.vector, turned: coder.turned(scratch.scan.query.vector, room: scratch.turned),
      list: Int(nearest), scratch: scratch)
    states[query].estimator = estimator
    tables.advanced(by: query * tableBytes).initialize(from: scratch.roundedTables, count: tableBytes)
    let isProbed = isProbed + query * lists
    let terms = estimator.terms(distance: distances[0])
    scan.forEachRows(of: nearest) { rows in
      scan.scan(rows, terms: terms, isProbed: isProbed, into: &states[query].shortlist)
      states[query].scanned += rows.count
    }
  }

  /// Appends the answer to each query, in the order of the queries.
  func run(into answers: inout NeighborBatch) {
    for round in [near, others] {
      round.forEachList { list, probes in scan.forEachRows(of: list) { scan($0, for: probes) } }
    }
    let scratch = search.scratch.scan
    var answer = TopK(k: k)
    for query in 0..<count {
      answer.reset(k: k)
      states[query].shortlist.finish()
      answer.distanceComputations = states[query].scanned
      let isAll = states[query].shortlist.count == states[query].scanned
      scratch.query.adopt(prepared: vectors + query * dimension)
      search.measure(&states[query].shortlist, isAll: isAll, into: &answer)
      scratch.exactLists.removeAll(keepingCapacity: true)
      scratch.exactLists.append(contentsOf: exactLists[states[query].exactLists])
      search.scanExactly(scratch.exactLists, into: &answer)
      answer.sort()
      search.source.metric.report(&answer)
      answers.append(answer)
    }
  }

  private func scan(_ rows: CodedRows, for probes: ArraySlice<ProbedList>) {
    for first in stride(from: probes.startIndex, to: probes.endIndex, by: Limits.tile) {
      let tile = probes[first..<min(first + Limits.tile, probes.endIndex)]
      for start in stride(from: 0, to: rows.count, by: Limits.blockRows) {
        scan(rows, from: start, for: tile)
      }
    }
  }

  /// Scans one block of rows of a list for one tile of queries.
  private func scan(_ rows: CodedRows, from start: Int, for tile: ArraySlice<ProbedList>) {
    let length = min(Limits.blockRows, rows.count - start)
    withUnsafeTemporaryAllocation(of: rbk_pq_query.self, capacity: Limits.tile) { queries in
      for (place, probe) in tile.enumerated() {
        let query = Int(probe.query)
        var terms = states[query].estimator!.terms(distance: probe.distance)
        terms.limit = states[query].shortlist.threshold
        queries.initializeElement(
          at: place,
          to: rbk_pq_query(
            tables: tables + query * tableBytes, estimate: terms, kept: kept + place * Limits.blockRows, count: 0))
      }
      var corrections = scan.corrections
      scan.kernel(
        rows.block(from: start), length, search.shape.m, rows.next(from: start + length), &corrections,
        queries.baseAddress!, tile.count)
      for (place, probe) in tile.enumerated() {
        let query = Int(probe.query)
        states[query].shortlist.append(
          queries[place].kept, count: queries[place].count, of: rows, from: start, isProbed: isProbed + query * lists,
          in: search.source)
        states[query].scanned += length
      }
    }
  }
}

/// The numbers of queries and rows that a batch processes together.
enum ProductBatchLimits {
  /// The number of lists near a query that are scanned before its other ones.
  static let near = 4
  /// The number of queries served by one pass over a block of codes.
  static let tile = 8
  /// The number of rows of a list that all queries of a tile scan in turn, so that the codes stay in the L1 cache.
  static let blockRows = 256
}
