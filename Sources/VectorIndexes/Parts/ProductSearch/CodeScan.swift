import CKernels
import VectorCore

/// Scans the codes of lists for candidates by their estimates.
///
/// It has only what each block of rows needs: closures copy what they capture, and with the whole of `ProductSearch`
/// (600 bytes) these copies took a twentieth of a search.
struct CodeScan<Source: ProductSource> {
  let source: Source
  let shape: ProductCodeShape
  let corrections: rbk_pq_corrections
  let scratch: ProductScratch
  let kernel: rbk_pq_scan
  /// Whether spilled copies are scanned too; `false` if all lists are probed.
  let readsCopies: Bool

  init(source: Source, coder: ProductCoder, shape: ProductCodeShape, scratch: ProductScratch, readsCopies: Bool) {
    self.source = source
    self.shape = shape
    corrections = coder.roundedCorrections
    self.scratch = scratch
    self.readsCopies = readsCopies
    kernel = shape.nbits == 4 ? Kernels.active.pq.pointee.scan4 : Kernels.active.pq.pointee.scan8
  }

  /// Passes the codes of a list to `body`: of its rows and, unless all lists are probed, of its spilled copies.
  @inline(__always)
  func forEachRows(of number: UInt32, _ body: (CodedRows) -> Void) {
    source.forEachRows(of: number, body)
    if readsCopies { source.forEachSpilledRows(of: number, body) }
  }

  /// Whether a list has rows for which no `ListMatches` are known: spilled copies, or rows of memtables.
  func hasOtherRows(_ number: UInt32) -> Bool {
    var isFound = false
    forEachRows(of: number) { if !$0.isOwn(of: number) { isFound = true } }
    source.forEachSingleRow(of: number) { _ in isFound = true }
    return isFound
  }

  /// Adds the rows whose estimates may be among the least.
  ///
  /// - Parameters:
  ///   - next: the first codes of the next list, if known, so that they are asked for in time.
  ///   - matches: the rows of the list that match the filter; `nil` without a filter.
  /// - Returns: the number of estimates.
  @discardableResult
  func scan(
    _ rows: CodedRows, next: UnsafePointer<UInt8>? = nil, terms: rbk_pq_estimate, isProbed: UnsafePointer<Bool>,
    matches: ListMatches? = nil, into shortlist: inout Shortlist
  ) -> Int {
    var corrections = corrections
    var query = rbk_pq_query(tables: scratch.roundedTables, estimate: terms, kept: scratch.kept, count: 0)
    var (start, scanned) = (0, 0)
    var block = rows.blocks
    while start < rows.count {
      let count = min(rowsAtOnce(shortlist), rows.count - start)
      if matches == nil || !hasNoMatch(start..<start + count, of: rows, matches!) {
        query.estimate.limit = shortlist.threshold
        kernel(block, count, shape.m, rows.next(from: start + count, or: next), &corrections, &query, 1)
        if let matches { query.count = keepMatching(query.count, of: rows, from: start, matches) }
        shortlist.append(query.kept, count: query.count, of: rows, from: start, isProbed: isProbed, in: source)
        scanned += count
      }
      start += count
      if start < rows.count { block = rows.block(from: start) }
    }
    return scanned
  }

  /// The number of rows to scan under one threshold; small until there is a threshold, so that one is found soon.
  private func rowsAtOnce(_ shortlist: borrowing Shortlist) -> Int {
    guard shortlist.threshold == .infinity else { return ScanScratch.blockRows }
    return min((max(shortlist.wanted, 1) / shape.lanes + 2) * shape.lanes, ScanScratch.blockRows)
  }

  /// Whether these are rows of a list itself, of which `ListMatches` are known, and not copies or rows of memtables.
  private func areInList(_ rows: CodedRows) -> Bool { rows.isOwn(of: rows.list) && rows.list < source.listCount }

  /// Whether none of some rows matches the filter, as far as the bits of the list tell it at once.
  private func hasNoMatch(_ range: Range<Int>, of rows: CodedRows, _ matches: ListMatches) -> Bool {
    areInList(rows) && matches.isEmpty(rows.first + range.lowerBound..<rows.first + range.upperBound)
  }

  /// Moves the kept rows that match the filter to the front; returns their number.
  private func keepMatching(_ count: Int, of rows: CodedRows, from start: Int, _ matches: ListMatches) -> Int {
    let kept = scratch.kept
    let isOwn = areInList(rows)
    var matching = 0
    for place in 0..<count {
      kept[matching] = kept[place]
      let row = start + Int(kept[place].index)
      let isMatch =
        isOwn ? matches.contains(rows.first + row) : source.matches(rows.place(row), scratch.scan.filtered)
      matching += isMatch ? 1 : 0
    }
    return matching
  }
}
