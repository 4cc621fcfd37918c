import CKernels
import VectorCore

/// The shape of an index's product codes: m codes of 4 or 8 bits per vector.
struct ProductCodeShape: Equatable {
  let m: Int
  let nbits: Int

  /// The number of codewords of a subquantizer.
  var ksub: Int { 1 << nbits }
  /// The number of bytes of one vector's code, row-major.
  var codeBytes: Int { m * nbits / 8 }
  /// The number of vectors in a block.
  var lanes: Int { Int(nbits == 4 ? rbk_pq4_lanes : rbk_pq8_lanes) }
  var blockBytes: Int { nbits == 4 ? rbk_pq4_block_bytes(m) : rbk_pq8_block_bytes(m) }
  /// The byte offset of the corrections in a block.
  var correctionsAt: Int { nbits == 4 ? rbk_pq4_code_bytes(m) : rbk_pq8_code_bytes(m) }
  /// The code of one subquantizer in a row-major code.
  func codeword(_ subquantizer: Int, in code: UnsafePointer<UInt8>) -> UInt8 {
    nbits == 8 ? code[subquantizer] : code[subquantizer / 2] >> UInt8(subquantizer % 2 * 4) & 15
  }

  /// The number of bytes of one query's tables, rounded to 8 bits per entry.
  var tableBytes: Int { nbits == 4 ? rbk_pq4_table_bytes(m) : rbk_pq8_table_bytes(m) }
}

/// Turns the sum of a vector's table entries into an estimate of its distance; rounded by `ProductCoder`.
struct ProductCorrection: Equatable {
  var offset: UInt16
  var factor: UInt16
}

/// The product codes of n vectors, row-major, and their corrections.
struct ProductCodes {
  /// The codes, row-major, n × m·nbits/8 bytes.
  let bytes: [UInt8]
  let corrections: [ProductCorrection]
}

/// The product codes of one list's vectors, in the blocks that scans read, in the order of the rows.
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

  /// A copy of the codes in new memory.
  borrowing func copy() -> ProductCodeBlocks { ProductCodeBlocks(copying: self) }

  /// The codes in the form that scans read.
  func rows(ofList list: UInt32, origins: UnsafeMutablePointer<RowPlace>?) -> CodedRows {
    CodedRows(
      list: list, count: count, blocks: UnsafePointer(blocks[0].assumingMemoryBound(to: UInt8.self)), shape: shape,
      origins: origins)
  }

  var memoryBytes: Int { blocks.capacity * blocks.rowBytes }

  /// Appends the codes `rows` of `all`. - Complexity: amortised O(added·m).
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

  /// Appends the code of vector `index` of other blocks with this shape. - Complexity: amortised O(m).
  mutating func append(_ index: Int, of other: borrowing ProductCodeBlocks) {
    makeRoom(for: 1)
    cells.copy(index, of: other.cells, to: count)
    count += 1
  }

  /// Appends the first `added` codes of cells with this shape. - Complexity: amortised O(added·m).
  mutating func append(_ other: ProductCodeCells, count added: Int) {
    makeRoom(for: added)
    cells.copyFirst(added, of: other, to: count)
    count += added
  }

  /// Copies the code and correction of vector `index` to index `target` of `other`. - Complexity: O(m).
  func copy(_ index: Int, to other: ProductCodeCells, at target: Int) { other.copy(index, of: cells, to: target) }

  private mutating func makeRoom(for added: Int) {
    let blockCount = (count + added + shape.lanes - 1) / shape.lanes
    blocks.reserve(blockCount - blocks.count)
    while blocks.count < blockCount {
      blocks.append().initializeMemory(as: UInt8.self, repeating: 0, count: blocks.rowBytes)
    }
  }

  /// Writes the code of vector `index`, row-major, `codeBytes` bytes, to `code`. - Complexity: O(m).
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
