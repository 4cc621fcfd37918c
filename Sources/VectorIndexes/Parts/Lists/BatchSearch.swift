import CKernels
import VectorCore

/// Answers a batch of queries over lists with scalar codes, reading the codes of a list once for all its queries.
///
/// First it scans the nearest list of every query, then all the other lists: when most lists are read, each query
/// already has a threshold. Of one list that is divided into regions, it scans the nearest region first. The answers are
/// those of separate searches.
struct BatchSearch: ~Copyable {
  /// The number of queries served by one pass over a block of codes; the kernel unpacks the codes once for all of them.
  private static let tile = 8

  /// The number of rows of a list that all queries scan in turn, so that the codes and the vectors stay in the L2 cache.
  private static func blockRows(rowBytes: Int) -> Int {
    min(max((256 << 10) / rowBytes / CodeBlocks.lanes * CodeBlocks.lanes, 128), ScanScratch.blockRows)
  }

  /// The words of 64 bits for so many rows.
  private static func words(_ rows: Int) -> Int { (rows + UInt64.bitWidth - 1) / UInt64.bitWidth }

  /// The state of one query.
  private struct QueryState: ~Copyable {
    var answer: TopK
    var deferred = DeferredCandidates()
  }

  /// About the bytes that are kept for a query: its vector, also projected, and codes, the answer, deferred candidates,
  /// and its lists.
  static func stateBytes(k: Int, dimension: Int, probed: Int) -> Int {
    7 * dimension + k * MemoryLayout<Neighbor>.stride + 256 * MemoryLayout<DeferredCandidate>.stride
      + GroupedByList<Int32>.bytes(of: probed)
  }

  private let store: VectorStore
  private let bounded: BoundedScan
  private let kernels: rbk_sq_kernels
  /// The number of dimensions of the codes.
  private let codedDimension: Int
  private let count: Int
  private let queryBytes: Int
  private let blockRows: Int
  /// The prepared queries, count × d; if they are projected, the projected ones, count × p; their codes, count ×
  /// `queryBytes`.
  private let vectors: UnsafeMutablePointer<Float>
  private let projected: UnsafeMutablePointer<Float>
  private let codes: UnsafeMutablePointer<Int8>
  private let states: UnsafeMutablePointer<QueryState>
  /// What a scan of a block for a tile keeps, and what it marks.
  private let kept: UnsafeMutablePointer<rbk_sq_kept>
  private let marks: UnsafeMutablePointer<UInt64>
  /// Whether scans only mark rows once there are thresholds, and nothing is deferred: codes with small errors leave few
  /// rows.
  private let marksRows: Bool
  private let coded: [CodedQuery]
  /// For each query, the rows of the nearest region, which are scanned first; empty if the list has no regions.
  private let nearestRows: [Range<Int>]
  /// The queries by the list or region nearest to them, and by the other lists that they probe.
  private let nearest: GroupedByList<Int32>
  private let others: GroupedByList<Int32>

  /// Prepares the queries and chooses their lists.
  init(_ queries: Matrix, k: Int, search: ListSearch<some ListProbe>, quantizer: ScalarQuantizer) {
    let (store, count, scratch) = (search.store, queries.rows, search.scratch)
    let (vectors, states) = (
      UnsafeMutablePointer<Float>.allocate(capacity: count * store.dimension),
      UnsafeMutablePointer<QueryState>.allocate(capacity: count)
    )
    let regions = store.regions
    precondition(regions == nil || store.lists.count == 1, "regions of one of \(store.lists.count) lists")
    var nearest = GroupedByList<Int32>(lists: regions?.count ?? store.lists.count)
    var others = GroupedByList<Int32>(lists: store.lists.count)
    var hasNeighbors: [Bool] = []
    search.probe.chooseLists(of: store.lists.count, for: queries, vectors: vectors, scratch: scratch) { row in
      (states + row).initialize(to: QueryState(answer: TopK(k: k)))
      if regions == nil {
        for list in scratch.probedLists.prefix(1) { nearest.append(Int32(row), to: list) }
      } else {
        hasNeighbors.append(!scratch.probedLists.isEmpty)
      }
      for list in scratch.probedLists.dropFirst(regions == nil ? 1 : 0) { others.append(Int32(row), to: list) }
      for list in scratch.exactLists { others.append(Int32(row), to: list) }
    }
    queryBytes = quantizer.queryBytes
    projected = .allocate(capacity: quantizer.projection == nil ? 0 : count * quantizer.dimension)
    codes = .allocate(capacity: count * queryBytes)
    coded = Self.code(vectors, count: count, with: quantizer, projected: projected, codes: codes)
    var nearestRows = [Range<Int>](repeating: 0..<0, count: count)
    if let regions {
      for query in 0..<count where hasNeighbors[query] {
        let region = regions.nearest(to: coded[query].projected, distances: scratch.distances)
        nearest.append(Int32(query), to: UInt32(region))
        nearestRows[query] = regions.rows(of: region, count: store.count)
      }
    }
    self.store = store
    self.count = count
    self.vectors = vectors
    self.states = states
    self.nearest = nearest
    self.others = others
    self.nearestRows = nearestRows
    bounded = BoundedScan(store: store, scratch: scratch)
    kernels = quantizer.kernels
    codedDimension = quantizer.dimension
    blockRows = Self.blockRows(rowBytes: store.dimension * MemoryLayout<Float>.stride)
    kept = .allocate(capacity: Self.tile * blockRows)
    marks = .allocate(capacity: Self.tile * Self.words(blockRows))
    marksRows = quantizer.projection != nil
  }

  /// Projects all queries together if the quantizer projects, and encodes them.
  private static func code(
    _ vectors: UnsafePointer<Float>, count: Int, with quantizer: ScalarQuantizer,
    projected: UnsafeMutablePointer<Float>, codes: UnsafeMutablePointer<Int8>
  ) -> [CodedQuery] {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { squares in
      let projects = quantizer.projection != nil
      quantizer.projection?.apply(vectors, count: count, into: projected, squares: squares.baseAddress!)
      return (0..<count).map { row in
        let vector = vectors + row * quantizer.vectorDimension
        return CodedQuery(
          vector, projected: projects ? UnsafePointer(projected + row * quantizer.dimension) : vector,
          squaredNorm: projects ? squares[row] : 0, quantizer: quantizer, codes: codes + row * quantizer.queryBytes)
      }
    }
  }

  deinit {
    states.deinitialize(count: count)
    states.deallocate()
    vectors.deallocate()
    projected.deallocate()
    codes.deallocate()
    kept.deallocate()
    marks.deallocate()
  }

  /// Appends the answer to each query, in the order of the queries.
  func run(into answers: inout NeighborBatch) {
    nearest.forEachList { number, queries in
      let rows = store.regions?.rows(of: Int(number), count: store.count)
      scan(rows == nil ? Int(number) : 0, rows: rows, for: queries)
    }
    others.forEachList { list, queries in scan(Int(list), rows: nil, for: queries) }
    for query in 0..<count {
      bounded.finish(&states[query].deferred, query: coded[query], into: &states[query].answer)
      states[query].answer.sort()
      store.metric.report(&states[query].answer)
      answers.append(states[query].answer)
    }
  }

  /// Scans a list for queries that probe it.
  ///
  /// - Parameter rows: the rows of the region nearest to all these queries; `nil` for all rows but those of the nearest
  ///   region of each query.
  private func scan(_ number: Int, rows region: Range<Int>?, for queries: ArraySlice<Int32>) {
    let list = store.lists[number]
    let all = region ?? 0..<list.count
    guard !all.isEmpty else { return }
    let bounds = queries.map { list.bound(coded[Int($0)]) }
    let numbers = Array(queries)
    withUnsafeTemporaryAllocation(of: Int8.self, capacity: numbers.count * queryBytes) { gathered in
      withUnsafeTemporaryAllocation(of: rbk_sq_bound.self, capacity: numbers.count) { limits in
        for (place, query) in numbers.enumerated() {
          gathered.baseAddress!.advanced(by: place * queryBytes).initialize(
            from: codes + Int(query) * queryBytes, count: queryBytes)
          setLimit(limits.baseAddress! + place, of: Int(query), bounds[place])
          states[Int(query)].answer.distanceComputations +=
            all.count - (region == nil ? nearestRows[Int(query)].count : 0)
        }
        var start = all.lowerBound
        while start < all.upperBound {
          // Where there are lists, none of these queries has a threshold yet, or all have one. Where there are regions,
          // a query may lack one if k is above the rows of its region; then the number of rows does not matter.
          let rows = min(BoundedScan.rowsAtOnce(states[Int(numbers[0])].answer), blockRows, all.upperBound - start)
          for first in stride(from: 0, to: numbers.count, by: Self.tile) {
            let block = TileScan(
              list: list, number: number, rows: start..<start + rows, isNearest: region != nil,
              queries: first..<min(first + Self.tile, numbers.count), codes: gathered.baseAddress! + first * queryBytes)
            if marksRows, block.queries.allSatisfy({ states[Int(numbers[$0])].answer.isFull }) {
              mark(block, numbers: numbers, bounds: bounds, limits: limits.baseAddress!)
            } else {
              scan(block, numbers: numbers, bounds: bounds, limits: limits.baseAddress!)
            }
          }
          start += rows
        }
      }
    }
  }

  private func setLimit(_ limit: UnsafeMutablePointer<rbk_sq_bound>, of query: Int, _ bound: ListBound) {
    limit.initialize(to: bound.within(coded[query].limit(states[query].answer.threshold)))
  }

  /// One block of rows of a list, and one tile of its queries.
  private struct TileScan {
    let list: VectorList
    let number: Int
    let rows: Range<Int>
    /// Whether the rows are of the region that is nearest to these queries.
    let isNearest: Bool
    /// The places of the queries among those of the list.
    let queries: Range<Int>
    /// The codes of these queries.
    let codes: UnsafePointer<Int8>
  }

  /// Scans a block for the queries of a tile.
  ///
  /// - Parameters:
  ///   - numbers: the queries of the list, whose `bounds` and `limits` these are.
  private func scan(
    _ block: TileScan, numbers: [Int32], bounds: [ListBound], limits: UnsafeMutablePointer<rbk_sq_bound>
  ) {
    withUnsafeTemporaryAllocation(of: Int.self, capacity: Self.tile) { counts in
      kernels.scan(
        block.list.codeBlock(from: block.rows.lowerBound), block.rows.count, codedDimension, block.codes,
        block.queries.count, limits + block.queries.lowerBound, kept, blockRows, counts.baseAddress!)
      for (place, index) in block.queries.enumerated() where counts[place] > 0 {
        let query = Int(numbers[index])
        let kept = kept + place * blockRows
        var count = counts[place]
        let nearest = nearestRows[query]
        if !block.isNearest, nearest.overlaps(block.rows) {
          var all = UnsafeMutableBufferPointer(start: kept, count: count)
          count = all.partition { nearest.contains(block.rows.lowerBound + Int($0.index)) }
        }
        bounded.take(
          kept, count: count, list: block.number, from: block.rows.lowerBound,
          query: coded[query], bound: bounds[index], deferred: &states[query].deferred, into: &states[query].answer)
        setLimit(limits + index, of: query, bounds[index])
      }
    }
  }

  /// The same by marks, whose rows are all compared at once.
  private func mark(
    _ block: TileScan, numbers: [Int32], bounds: [ListBound], limits: UnsafeMutablePointer<rbk_sq_bound>
  ) {
    let words = Self.words(block.rows.count)
    let lanes = UInt64.bitWidth / CodeBlocks.lanes
    // The last word may be marked in part.
    for place in 0..<block.queries.count { marks[place * words + words - 1] = 0 }
    UnsafeMutableRawPointer(marks).withMemoryRebound(to: UInt16.self, capacity: Self.tile * words * lanes) { marks in
      kernels.mark(
        block.list.codeBlock(from: block.rows.lowerBound), block.rows.count, codedDimension, block.codes,
        block.queries.count, limits + block.queries.lowerBound, marks, words * lanes)
    }
    for (place, index) in block.queries.enumerated() {
      let marks = UnsafeMutableBufferPointer(start: marks + place * words, count: words)
      let query = Int(numbers[index])
      let nearest = nearestRows[query]
      if !block.isNearest, nearest.overlaps(block.rows) { clear(marks, nearest, from: block.rows.lowerBound) }
      guard marks.contains(where: { $0 != 0 }) else { continue }
      let threshold = states[query].answer.threshold
      bounded.take(
        UnsafeBufferPointer(marks), list: block.number, from: block.rows.lowerBound, query: coded[query],
        into: &states[query].answer)
      if states[query].answer.threshold != threshold { setLimit(limits + index, of: query, bounds[index]) }
    }
  }

  /// Clears the marks of these rows; the first mark is that of row `start`.
  private func clear(_ marks: UnsafeMutableBufferPointer<UInt64>, _ rows: Range<Int>, from start: Int) {
    for word in marks.indices {
      let first = start + word * UInt64.bitWidth
      let lower = min(max(rows.lowerBound - first, 0), UInt64.bitWidth)
      let upper = min(max(rows.upperBound - first, 0), UInt64.bitWidth)
      if lower < upper { marks[word] &= ~((UInt64.max >> (UInt64.bitWidth - (upper - lower))) << lower) }
    }
  }
}
