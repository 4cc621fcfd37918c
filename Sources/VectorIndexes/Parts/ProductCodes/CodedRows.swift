/// The product codes of one list in the form that scans read: of its own rows, or of its spilled copies.
///
/// It points into the list, and is valid until the list changes.
struct CodedRows {
  /// The number of the list; the vectors are encoded relative to its centre.
  let list: UInt32
  /// The row of the list that is the first one here.
  var first = 0
  let count: Int
  let blocks: UnsafePointer<UInt8>
  let shape: ProductCodeShape
  /// For each row, the place of its vector; `nil` if row i here is row `first` + i of the list.
  let origins: UnsafeMutablePointer<RowPlace>?

  /// The address of the block of row `index`, which must be a multiple of the lanes; the later blocks are contiguous.
  func block(from index: Int) -> UnsafePointer<UInt8> { blocks + index / shape.lanes * shape.blockBytes }

  /// The address of the block of row `index`, or `other` if there is no such row.
  func next(from index: Int, or other: UnsafePointer<UInt8>? = nil) -> UnsafePointer<UInt8>? {
    index < count ? block(from: index) : other
  }

  /// The memory of all blocks.
  var memory: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: blocks, count: (count + shape.lanes - 1) / shape.lanes * shape.blockBytes)
  }

  /// The codes of all rows, row-major, and their corrections. - Complexity: O(n·m).
  var codes: ProductCodes {
    let cells = ProductCodeCells(shape: shape, base: UnsafeMutableRawPointer(mutating: blocks))
    var bytes = [UInt8](repeating: 0, count: count * shape.codeBytes)
    bytes.withUnsafeMutableBufferPointer { bytes in
      for row in 0..<count { cells.read(row, into: bytes.baseAddress! + row * shape.codeBytes) }
    }
    return ProductCodes(bytes: bytes, corrections: (0..<count).map(cells.correction))
  }

  /// Whether these are the rows of a list itself, not copies in it or rows outside it.
  func isOwn(of number: UInt32) -> Bool { origins == nil && list == number }

  /// The place of the vector of row `index`.
  func place(_ index: Int) -> RowPlace {
    origins?[index] ?? RowPlace(list: list, offset: UInt32(first + index))
  }
}
