import CKernels
import VectorCore

/// What the product codes of one index look like: m codes of 4 or 8 bits a vector.
struct ProductCodeShape: Equatable {
  let m: Int
  let nbits: Int

  /// Codewords of a subquantizer.
  var ksub: Int { 1 << nbits }
  /// Bytes of one vector's codes, row-major.
  var codeBytes: Int { m * nbits / 8 }
  /// Vectors that a block holds.
  var lanes: Int { Int(nbits == 4 ? rbk_pq4_lanes : rbk_pq8_lanes) }
  var blockBytes: Int { nbits == 4 ? rbk_pq4_block_bytes(m) : rbk_pq8_block_bytes(m) }
  /// Where the corrections of a block begin.
  var correctionsAt: Int { nbits == 4 ? rbk_pq4_code_bytes(m) : rbk_pq8_code_bytes(m) }
  /// One code of a vector whose codes stand row-major.
  func codeword(_ subquantizer: Int, in code: UnsafePointer<UInt8>) -> UInt8 {
    nbits == 8 ? code[subquantizer] : code[subquantizer / 2] >> UInt8(subquantizer % 2 * 4) & 15
  }

  /// Bytes of one query's tables, rounded to 8 bits.
  var tableBytes: Int { nbits == 4 ? rbk_pq4_table_bytes(m) : rbk_pq8_table_bytes(m) }
}

/// What makes an estimate of a vector's distance from the sum of its table entries, as `ProductCoder` rounds it.
struct ProductCorrection: Equatable {
  var offset: UInt16
  var factor: UInt16
}

/// Product codes of n vectors, row-major, and the correction of each.
struct ProductCodes {
  /// n × m·nbits/8.
  let bytes: [UInt8]
  let corrections: [ProductCorrection]
}

/// The product codes of one list's vectors, in the blocks that the scans read, in the order of its rows.
struct ProductCodeBlocks: ~Copyable {
  let shape: ProductCodeShape
  private(set) var count = 0
  private var blocks: RowMemory

  init(shape: ProductCodeShape) {
    self.shape = shape
    blocks = RowMemory(rowBytes: shape.blockBytes)
  }

  private init(copying other: borrowing ProductCodeBlocks) {
    shape = other.shape
    count = other.count
    blocks = RowMemory(copying: other.blocks)
  }

  /// The same codes in memory of their own.
  borrowing func copy() -> ProductCodeBlocks { ProductCodeBlocks(copying: self) }

  /// These codes as scans read them.
  func rows(ofList list: UInt32, origins: UnsafeMutablePointer<RowPlace>?) -> CodedRows {
    CodedRows(
      list: list, count: count, blocks: UnsafePointer(blocks[0].assumingMemoryBound(to: UInt8.self)), shape: shape,
      origins: origins)
  }

  var memoryBytes: Int { blocks.capacity * blocks.rowBytes }

  /// Adds the codes `rows` of `all`. - Complexity: amortised O(added·m).
  mutating func append(_ all: ProductCodes, rows: some Collection<Int>) {
    makeRoom(for: rows.count)
    let cells = cells
    all.bytes.withUnsafeBufferPointer { bytes in
      for row in rows {
        let code = bytes.baseAddress! + row * shape.codeBytes
        cells.write(code, all.corrections[row], at: count)
        count += 1
      }
    }
  }

  /// Adds the code of vector `index` of other blocks of this shape. - Complexity: amortised O(m).
  mutating func append(_ index: Int, of other: borrowing ProductCodeBlocks) {
    makeRoom(for: 1)
    cells.copy(index, of: other.cells, to: count)
    count += 1
  }

  /// Adds the first `added` codes of others of this shape. - Complexity: amortised O(added·m).
  mutating func append(_ other: ProductCodeCells, count added: Int) {
    makeRoom(for: added)
    for row in 0..<added { cells.copy(row, of: other, to: count + row) }
    count += added
  }

  /// Copies vector `index`'s code and correction to place `target` among others of this shape. - Complexity: O(m).
  func copy(_ index: Int, to other: ProductCodeCells, at target: Int) { other.copy(index, of: cells, to: target) }

  private mutating func makeRoom(for added: Int) {
    let blockCount = (count + added + shape.lanes - 1) / shape.lanes
    blocks.reserve(blockCount - blocks.count)
    while blocks.count < blockCount {
      blocks.append().initializeMemory(as: UInt8.self, repeating: 0, count: blocks.rowBytes)
    }
  }

  /// Writes vector `index`'s code, row-major, to `code`, `codeBytes` bytes. - Complexity: O(m).
  func read(_ index: Int, into code: UnsafeMutablePointer<UInt8>) { cells.read(index, into: code) }

  /// The correction of vector `index`.
  func correction(of index: Int) -> ProductCorrection { cells.correction(of: index) }

  /// Removes vector `index`; the last one takes its place. - Complexity: O(m).
  mutating func swapRemove(at index: Int) {
    count -= 1
    if index < count { cells.copy(count, of: cells, to: index) }
    if count % shape.lanes == 0 { blocks.swapRemove(at: count / shape.lanes) }
  }

  private var cells: ProductCodeCells { ProductCodeCells(shape: shape, base: blocks[0]) }
}
