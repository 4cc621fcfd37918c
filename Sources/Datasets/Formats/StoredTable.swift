import Foundation
import VectorCore

/// A table of numbers that lies in a file: its shape and type are known, its numbers are read on demand.
protocol StoredTable: Sendable {
  /// The file, for errors.
  var path: String { get }
  /// What it is in the dataset, for errors: `train`.
  var part: String { get }
  var rows: Int { get }
  var columns: Int { get }
  var elementType: ElementType { get }

  /// Reads the first `limit` rows as Float32, to the nearest where they do not fit.
  ///
  /// - Throws: `DatasetError.notFinite` for NaN and infinities, `tooLarge`, and what is wrong with the file.
  /// - Complexity: O(rows·columns), on several cores.
  func matrix(rows limit: Int) throws(DatasetError) -> Matrix

  /// Reads a range of rows as they are stored: little-endian, row-major.
  func bytes(rows range: Range<Int>) throws(DatasetError) -> [UInt8]

  /// What reads single rows, in any order, each as a matrix of one row.
  func rowReader() throws(DatasetError) -> (_ row: Int) throws(DatasetError) -> Matrix

  /// Blocks of a multiple of so many rows are read without reading anything twice.
  var rowsOfAChunk: Int { get throws(DatasetError) }

  /// The SHA-256 of the first `limit` rows as they are stored, or of the files that hold them.
  func digest(rows limit: Int) throws(DatasetError) -> String
}

extension StoredTable {
  func digest(rows limit: Int) throws(DatasetError) -> String {
    var hash = SHA256()
    try forEachBlock(rows: limit) { (_, bytes) throws(DatasetError) in bytes.withUnsafeBytes { hash.update($0) } }
    return hash.finalize()
  }

  /// Chunks and filters make single rows costly: all are read first.
  func rowReader() throws(DatasetError) -> (_ row: Int) throws(DatasetError) -> Matrix {
    let all = try matrix(rows: .max)
    return { (row) throws(DatasetError) in all[rows: row..<row + 1] }
  }

  /// Reads the first `limit` rows of ids.
  ///
  /// - Throws: `DatasetError.notIntegers`, and what is wrong with the file.
  func integers(rows limit: Int) throws(DatasetError) -> [Int64] {
    guard !elementType.isFloat else { throw .notIntegers(path: path, part: part, type: elementType.rawValue) }
    return elementType.integers(try bytes(rows: 0..<min(limit, rows)))
  }

  /// Reads the first `limit` rows as Float32, whatever they are.
  func floats(rows limit: Int) throws(DatasetError) -> [Float] {
    elementType.floats(try bytes(rows: 0..<min(limit, rows)))
  }

  /// Refuses a matrix that this machine has not the memory for.
  func checkMemory(rows: Int) throws(DatasetError) {
    guard Double(rows) * Double(columns) * 4 < Double(ProcessInfo.processInfo.physicalMemory) else {
      throw .tooLarge(path: path, part: part, rows: rows, columns: columns)
    }
  }

  /// Calls `body` with the first rows, all by default, in blocks of some megabytes and in order.
  func forEachBlock(
    rows limit: Int = .max, _ body: (_ rows: Range<Int>, _ bytes: [UInt8]) throws(DatasetError) -> Void
  ) throws(DatasetError) {
    let chunk = try rowsOfAChunk
    let blockRows = max((8 << 20) / (columns * elementType.byteCount) / chunk, 1) * chunk
    let end = min(limit, rows)
    for first in stride(from: 0, to: end, by: blockRows) {
      let range = first..<min(first + blockRows, end)
      try body(range, try bytes(rows: range))
    }
  }
}
