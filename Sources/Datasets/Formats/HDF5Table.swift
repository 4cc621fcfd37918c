import HDF5
import Synchronization
import VectorCore

/// A dataset rows × columns of an HDF5 file.
struct HDF5Table: StoredTable {
  private let dataset: HDF5Dataset
  /// The components of a row whose bytes hold eight each; nil when there is one an element.
  private let packedColumns: Int?

  var path: String { dataset.file.path }
  var part: String { dataset.name }
  var rows: Int { dataset.shape[0] }
  var columns: Int { packedColumns ?? dataset.shape[1] }
  var elementType: ElementType { packedColumns == nil ? dataset.elementType : .bool }

  var rowsOfAChunk: Int {
    get throws(DatasetError) { try withHDF5Errors { () throws(HDF5Error) in try dataset.rowsOfAChunk() } }
  }

  /// Opens a dataset that has at least one row and column.
  init(_ name: String, of file: HDF5File) throws(DatasetError) {
    dataset = try withHDF5Errors { () throws(HDF5Error) in try file.dataset(name) }
    packedColumns = nil
    guard dataset.shape.count == 2 else { throw .wrongRank(path: file.path, part: name, shape: dataset.shape) }
    guard !dataset.shape.contains(0) else { throw .empty(path: file.path, part: name) }
    try withHDF5Errors { () throws(HDF5Error) in try dataset.checkStorage() }
  }

  private init(_ dataset: HDF5Dataset, packedColumns: Int) {
    self.dataset = dataset
    self.packedColumns = packedColumns
  }

  /// The same rows, of bytes that hold eight components each.
  func unpacked(columns: Int) -> HDF5Table { HDF5Table(dataset, packedColumns: columns) }

  func matrix(rows limit: Int) throws(DatasetError) -> Matrix {
    guard packedColumns == nil else { return try unpackedMatrix(rows: min(limit, rows)) }
    // Integers and booleans have no NaN to look for.
    let isFloat = elementType.isFloat
    let firstNotFinite = Atomic<Int>(.max)
    let matrix = try withHDF5Errors { () throws(HDF5Error) in
      try dataset.readMatrix(rows: limit) { floats, first in
        guard isFloat, let place = floats.firstNotFinite else { return }
        firstNotFinite.min(first + place, ordering: .relaxed)
      }
    }
    let place = firstNotFinite.load(ordering: .relaxed)
    guard place == .max else {
      let (row, column) = place.quotientAndRemainder(dividingBy: columns)
      throw .notFinite(path: path, part: part, row: row, column: column)
    }
    return matrix
  }

  private func unpackedMatrix(rows: Int) throws(DatasetError) -> Matrix {
    try checkMemory(rows: rows)
    let bits = try bytes(rows: 0..<rows)
    return Matrix(rows: rows, columns: columns) { floats in
      bits.withUnsafeBytes { ElementType.bool.convert($0.baseAddress!, count: bits.count, to: floats.baseAddress!) }
    }
  }

  func bytes(rows range: Range<Int>) throws(DatasetError) -> [UInt8] {
    let stored = try withHDF5Errors { () throws(HDF5Error) in try dataset.readBytes(rows: range) }
    guard let packedColumns else { return stored }
    // The highest bit first, and each row's last byte filled up, as numpy.packbits does.
    let rowSize = dataset.shape[1]
    return [UInt8](unsafeUninitializedCapacity: range.count * packedColumns) { bits, count in
      for row in 0..<range.count {
        for column in 0..<packedColumns {
          bits[count] = stored[row * rowSize + column >> 3] >> UInt8(7 - column & 7) & 1
          count += 1
        }
      }
    }
  }
}

/// Runs what calls HDF5; its errors become this module's.
func withHDF5Errors<Result>(_ body: () throws(HDF5Error) -> Result) throws(DatasetError) -> Result {
  do throws(HDF5Error) { return try body() } catch { throw .file(error) }
}
