import Foundation
import VectorCore

/// Writes a table, and where the format has that a second one behind it, in one of the `TableFormats`.
struct TableFileWriter {
  /// A table and the type that its elements get.
  typealias Part = (table: any StoredTable, type: ElementType)

  private let parts: [Part]
  private let format: any TableFormat

  /// - Parameter parts: one, or for `.ibin` files ids and distances of the same shape.
  init(_ parts: [Part], format: any TableFormat) {
    self.parts = parts
    self.format = format
  }

  /// Writes the file; whatever is at the path is replaced.
  ///
  /// - Throws: `DatasetError.inexact`, `output`, `tooManyRows`, and what is wrong with the source.
  func write(_ path: String, progress: DatasetConversion.Progress) throws(DatasetError) {
    let (first, type) = parts[0]
    try first.checkNumbering()
    try WholeFiles.fill(path) { (append) throws(DatasetError) in
      try append(format.header(rows: first.rows, columns: first.columns, of: type))
      for (table, type) in parts {
        try table.forEachBlock(as: type) { (range, bytes) throws(DatasetError) in
          try append(withPrefixes(bytes, rows: range.count, columns: table.columns))
          progress(table.part, range.upperBound, table.rows)
        }
      }
    }
  }

  /// The rows with what the format puts before each.
  private func withPrefixes(_ bytes: [UInt8], rows: Int, columns: Int) -> [UInt8] {
    let prefix = format.rowPrefix(columns: columns)
    guard !prefix.isEmpty else { return bytes }
    let rowSize = bytes.count / rows
    var prefixed: [UInt8] = []
    prefixed.reserveCapacity(bytes.count + rows * prefix.count)
    for row in 0..<rows { prefixed += prefix + bytes[row * rowSize..<(row + 1) * rowSize] }
    return prefixed
  }
}

extension GroundTruth {
  /// Reads what `write` has written.
  ///
  /// - Parameter rows: those of `train`; every neighbour has to be one of them, or -1.
  /// - Throws: `DatasetError.cannotRead`, `.table`, `.neighborOutOfRange`.
  public static func read(_ path: String, trainRows rows: Int) throws(DatasetError) -> GroundTruth {
    let (table, ranges) = try TableFile.open(path, part: "neighbors")
    let ids = try table.integers(rows: .max)
    try GroundTruth(depth: table.columns, neighbors: ids, distances: []).checkValues(trainRows: rows, path: path)
    return GroundTruth(depth: table.columns, neighbors: ids, distances: try ranges?.floats(rows: .max) ?? [])
  }

  /// Writes ids and distances as an `.ibin` file, with the folder that it is in where there is none.
  ///
  /// - Throws: `DatasetError.output`. - Complexity: O(q·depth).
  public func write(to target: String) throws(DatasetError) {
    if let slash = target.lastIndex(of: "/") { mkdir(String(target[..<slash]), 0o777) }
    let ids = MemoryTable(neighbors, columns: depth, of: .int64, path: target, part: "neighbors")
    let ranges = MemoryTable(distances, columns: depth, of: .float32, path: target, part: "distances")
    try WholeFiles.write(to: [target]) { (drafts) throws(DatasetError) in
      try TableFileWriter([(ids, .int32), (ranges, .float32)], format: BinFormat("ibin", .int32))
        .write(drafts[0], progress: { _, _, _ in })
    }
  }
}
