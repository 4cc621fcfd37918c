/// Product codes of one list as scans read them: of its own rows, or of its spilled copies.
///
/// Points into the list; valid until it changes.
struct CodedRows {
  /// The number of the list, about whose centre the vectors are coded.
  let list: UInt32
  /// Which row of the list the first one is.
  var first = 0
  let count: Int
  let blocks: UnsafePointer<UInt8>
  let shape: ProductCodeShape
  /// The places of the vectors, row by row; nil where row i of the codes is row `first` + i of the list.
  let origins: UnsafeMutablePointer<RowPlace>?

  /// The address of the block in which row `index` stands, a multiple of the lanes; the later ones follow.
  func block(from index: Int) -> UnsafePointer<UInt8> { blocks + index / shape.lanes * shape.blockBytes }

  /// The codes of all rows, row-major, and their corrections. - Complexity: O(n·m).
  var codes: ProductCodes {
    let cells = ProductCodeCells(shape: shape, base: UnsafeMutableRawPointer(mutating: blocks))
    var bytes = [UInt8](repeating: 0, count: count * shape.codeBytes)
    bytes.withUnsafeMutableBufferPointer { bytes in
      for row in 0..<count { cells.read(row, into: bytes.baseAddress! + row * shape.codeBytes) }
    }
    return ProductCodes(bytes: bytes, corrections: (0..<count).map(cells.correction))
  }

  /// Where the vector of row `index` is.
  func place(_ index: Int) -> RowPlace {
    origins?[index] ?? RowPlace(list: list, offset: UInt32(first + index))
  }
}
