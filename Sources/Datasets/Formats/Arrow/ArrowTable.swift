import Foundation
import Synchronization
import VectorCore

/// A column of lists, all equally long, of a Parquet or Arrow table: vectors, or row numbers.
///
/// Reading in order goes on where it was, by one process; reading elsewhere starts another.
struct ArrowTable: StoredTable {
  let path: String
  let part: String
  let rows: Int
  let columns: Int
  let elementType: ElementType
  /// The other columns.
  let metadata: ArrowMetadata
  private let files: [ArrowDescription.File]
  private let stream: ArrowStream

  var rowsOfAChunk: Int { 1 }

  /// Opens a table that was described.
  ///
  /// - Parameters:
  ///   - column: nil for the only one of lists.
  ///   - path: to show in errors.
  /// - Throws: `DatasetError.table`.
  init(_ description: ArrowDescription, column name: String?, path: String, part: String) throws(DatasetError) {
    let (column, type) = try withTableFaults(path) { () throws(TableFault) in
      let column = try description.lists(name)
      guard let type = column.elementType else { throw .wrongColumn(name: column.name, type: column.type) }
      _ = try TableLayout(packed: type, rows: description.rows, columns: column.width, offset: 0)
      return (column, type)
    }
    self.path = path
    self.part = part
    rows = description.rows
    columns = column.width
    elementType = type
    files = description.files
    metadata = ArrowMetadata(description, except: column.name)
    stream = ArrowStream(
      path: path, files: description.files, column: column.name, width: column.width, type: type, rows: rows)
  }

  static func open(_ files: [String], column: String?, path: String, part: String) throws(DatasetError) -> ArrowTable {
    try ArrowTable(try ArrowDescription.read([files])[0], column: column, path: path, part: part)
  }

  func bytes(rows range: Range<Int>) throws(DatasetError) -> [UInt8] {
    try [UInt8](count: range.count * columns * elementType.byteCount) { (target) throws(DatasetError) in
      try stream.read(range, into: target)
    }
  }

  func matrix(rows limit: Int) throws(DatasetError) -> Matrix {
    let rows = min(self.rows, limit)
    try checkMemory(rows: rows)
    return try Matrix(rows: rows, columns: columns) { (floats) throws(DatasetError) in
      let block = max((4 << 20) / (columns * elementType.byteCount), 1)
      for first in stride(from: 0, to: rows, by: block) {
        let range = first..<min(first + block, rows)
        let target = UnsafeMutableBufferPointer(rebasing: floats[first * columns..<range.upperBound * columns])
        if elementType == .float32 {
          try stream.read(range, into: UnsafeMutableRawBufferPointer(target))
        } else {
          let elements = try bytes(rows: range)
          elements.withUnsafeBytes {
            elementType.convert($0.baseAddress!, count: target.count, to: target.baseAddress!)
          }
        }
        guard elementType.isFloat else { continue }
        let span = Span(_unsafeStart: UnsafePointer(target.baseAddress!), count: target.count)
        if let place = span.firstNotFinite {
          throw .notFinite(path: path, part: part, row: first + place / columns, column: place % columns)
        }
      }
    }
  }

  /// Of the files' bytes, not of what they are decoded to.
  func digest(rows limit: Int) throws(DatasetError) -> String {
    var digests = "\(stream.column)"
    for file in files {
      guard let digest = SHA256.ofFile(file.path) else {
        throw .cannotRead(path: file.path, reason: String(cString: strerror(errno)))
      }
      digests += "\n\(digest)"
    }
    return SHA256.of(digests)
  }
}

/// The rows of a column, by a process that goes on from one call to the next.
private final class ArrowStream: @unchecked Sendable {
  private struct Request: Encodable {
    let `do` = "rows"
    let files: [ArrowDescription.File]
    let column: String
    let width: Int
    let type: String
    let first: Int
  }

  let column: String
  private let path: String
  private let files: [ArrowDescription.File]
  private let width: Int
  private let type: ElementType
  private let rows: Int
  /// Held while the two below are used.
  private let lock = Mutex(())
  private var process: ArrowProcess?
  private var nextRow = 0

  init(path: String, files: [ArrowDescription.File], column: String, width: Int, type: ElementType, rows: Int) {
    self.path = path
    self.files = files
    self.column = column
    self.width = width
    self.type = type
    self.rows = rows
  }

  func read(_ range: Range<Int>, into target: UnsafeMutableRawBufferPointer) throws(DatasetError) {
    precondition(range.upperBound <= rows && target.count == range.count * width * type.byteCount)
    guard !range.isEmpty else { return }
    try lock.withLock { (_) throws(DatasetError) in
      let process: ArrowProcess
      if let running = self.process, nextRow == range.lowerBound {
        process = running
      } else {
        process = try ArrowProcess(
          Request(files: files, column: column, width: width, type: type.rawValue, first: range.lowerBound), path: path)
      }
      // After an error there is nothing to go on from.
      self.process = nil
      try process.read(into: target)
      nextRow = range.upperBound
      if nextRow < rows { self.process = process }
    }
  }
}
