import Foundation
import Synchronization
import VectorCore

/// A table whose elements lie in memory as they are stored, mostly that of a mapped file.
struct MappedTable: StoredTable {
  let part: String
  private let file: FileBytes
  private let layout: TableLayout

  var path: String { file.path }
  var rows: Int { layout.rows }
  var columns: Int { layout.columns }
  var elementType: ElementType { layout.elementType }
  var rowsOfAChunk: Int { 1 }

  /// - Parameter layout: was held against the number of bytes.
  init(_ file: FileBytes, _ layout: TableLayout, part: String) {
    self.file = file
    self.layout = layout
    self.part = part
  }

  func matrix(rows limit: Int) throws(DatasetError) -> Matrix {
    let rows = min(self.rows, limit)
    try checkMemory(rows: rows)
    return try Matrix(rows: rows, columns: columns) { (floats) throws(DatasetError) in
      let target = Disjoint(floats)
      let firstFailure = Mutex<(row: Int, error: DatasetError)?>(nil)
      // A mebibyte a turn: enough to hide the turn, few enough to stay in cache.
      let turn = max((1 << 20) / layout.stride, 1)
      let threads = UsableProcessors.count
      parallelChunks(of: rows, chunk: turn, threads: threads) { _, range in
        do throws(DatasetError) {
          try convert(range, to: target.address(range.lowerBound * columns))
        } catch {
          firstFailure.withLock { first in
            if range.lowerBound < first?.row ?? .max { first = (range.lowerBound, error) }
          }
        }
      }
      if let failure = firstFailure.withLock({ $0 }) { throw failure.error }
    }
  }

  func rowReader() -> (_ row: Int) throws(DatasetError) -> Matrix {
    { (row) throws(DatasetError) in
      try Matrix(rows: 1, columns: columns) { (floats) throws(DatasetError) in
        try convert(row..<row + 1, to: floats.baseAddress!)
      }
    }
  }

  func bytes(rows range: Range<Int>) throws(DatasetError) -> [UInt8] {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of \(rows)")
    try checkPrefixes(range)
    let rowSize = layout.rowSize
    return [UInt8](unsafeUninitializedCapacity: range.count * rowSize) { target, count in
      count = range.count * rowSize
      guard let base = target.baseAddress else { return }
      if layout.stride == rowSize {
        memcpy(base, address(range.lowerBound), count)
      } else {
        for (place, row) in range.enumerated() { memcpy(base + place * rowSize, address(row), rowSize) }
      }
    }
  }

  /// Where a row's elements start; the layout was held against the file's size.
  private func address(_ row: Int) -> UnsafeRawPointer {
    file.bytes.baseAddress! + (layout.offset + row * layout.stride)
  }

  /// Converts rows that lie one after the other in memory, and refuses what is not finite.
  private func convert(_ range: Range<Int>, to target: UnsafeMutablePointer<Float>) throws(DatasetError) {
    try checkPrefixes(range)
    if layout.stride == layout.rowSize {
      elementType.convert(address(range.lowerBound), count: range.count * columns, to: target)
    } else {
      for (place, row) in range.enumerated() {
        elementType.convert(address(row), count: columns, to: target + place * columns)
      }
    }
    // Integers and booleans have no NaN to look for.
    guard elementType.isFloat else { return }
    let floats = Span(_unsafeStart: UnsafePointer(target), count: range.count * columns)
    if let place = floats.firstNotFinite {
      let (row, column) = place.quotientAndRemainder(dividingBy: columns)
      throw .notFinite(path: path, part: part, row: range.lowerBound + row, column: column)
    }
  }

  /// Where each row states its length, it must be the first one's.
  private func checkPrefixes(_ range: Range<Int>) throws(DatasetError) {
    guard layout.repeatsColumns else { return }
    for row in range {
      let stated = Int(Int32(littleEndian: (address(row) - 4).loadUnaligned(as: Int32.self)))
      guard stated == columns else {
        throw .table(path: path, .unequalRow(row: row, columns: stated, first: columns))
      }
    }
  }
}
