import CKernels
import VectorCore

/// What the product codes of one index look like: m codes of 4 or 8 bits a vector.
struct ProductCodeShape {
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

extension ProductCodeShape {
  /// One code of the vector at `lane` of a block.
  func codeword(_ subquantizer: Int, of lane: Int, in block: UnsafePointer<UInt8>) -> UInt8 {
    nbits == 4 ? rbk_pq4_code(block, lane, subquantizer) : rbk_pq8_code(block, lane, subquantizer)
  }

  /// Writes the code of the vector at `lane` of a block, row-major, to `code`, `codeBytes` bytes. - Complexity: O(m).
  func readCode(of lane: Int, in block: UnsafePointer<UInt8>, into code: UnsafeMutablePointer<UInt8>) {
    for subquantizer in 0..<m {
      let codeword = codeword(subquantizer, of: lane, in: block)
      if nbits == 8 {
        code[subquantizer] = codeword
      } else if subquantizer % 2 == 0 {
        code[subquantizer / 2] = codeword
      } else {
        code[subquantizer / 2] |= codeword << 4
      }
    }
  }

  /// The correction of the vector at `lane` of a block.
  func correction(of lane: Int, in block: UnsafePointer<UInt8>) -> ProductCorrection {
    let offsets = UnsafeRawPointer(block + correctionsAt).assumingMemoryBound(to: UInt16.self)
    return ProductCorrection(offset: offsets[lane], factor: offsets[lanes + lane])
  }
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
  func rows(ofList list: UInt32, origins: UnsafeMutablePointer<VectorStore.Place>?) -> CodedRows {
    CodedRows(list: list, count: count, blocks: UnsafePointer(bytes(ofBlock: 0)), shape: shape, origins: origins)
  }

  var memoryBytes: Int { blocks.capacity * blocks.rowBytes }

  /// Adds the codes `rows` of `all`. - Complexity: amortised O(added·m).
  mutating func append(_ all: ProductCodes, rows: some Collection<Int>) {
    let blockCount = (count + rows.count + shape.lanes - 1) / shape.lanes
    blocks.reserve(blockCount - blocks.count)
    while blocks.count < blockCount {
      blocks.append().initializeMemory(as: UInt8.self, repeating: 0, count: blocks.rowBytes)
    }
    all.bytes.withUnsafeBufferPointer { bytes in
      for row in rows {
        let code = bytes.baseAddress! + row * shape.codeBytes
        for subquantizer in 0..<shape.m {
          setCodeword(shape.codeword(subquantizer, in: code), of: count, subquantizer)
        }
        setCorrection(all.corrections[row], of: count)
        count += 1
      }
    }
  }

  /// Writes vector `index`'s code, row-major, to `code`, `codeBytes` bytes. - Complexity: O(m).
  func read(_ index: Int, into code: UnsafeMutablePointer<UInt8>) {
    shape.readCode(of: index % shape.lanes, in: bytes(ofBlock: index / shape.lanes), into: code)
  }

  /// Removes vector `index`; the last one takes its place. - Complexity: O(m).
  mutating func swapRemove(at index: Int) {
    count -= 1
    if index < count {
      for subquantizer in 0..<shape.m { setCodeword(codeword(of: count, subquantizer), of: index, subquantizer) }
      setCorrection(correction(of: count), of: index)
    }
    if count % shape.lanes == 0 { blocks.swapRemove(at: count / shape.lanes) }
  }

  private func bytes(ofBlock block: Int) -> UnsafeMutablePointer<UInt8> {
    blocks[block].assumingMemoryBound(to: UInt8.self)
  }

  /// The correction of vector `index`.
  func correction(of index: Int) -> ProductCorrection {
    shape.correction(of: index % shape.lanes, in: bytes(ofBlock: index / shape.lanes))
  }

  private func setCorrection(_ correction: ProductCorrection, of index: Int) {
    let (offsets, lane) = (corrections(of: index), index % shape.lanes)
    offsets[lane] = correction.offset
    offsets[shape.lanes + lane] = correction.factor
  }

  /// The offsets of the block in which vector `index` stands; its factors follow.
  private func corrections(of index: Int) -> UnsafeMutablePointer<UInt16> {
    (blocks[index / shape.lanes] + shape.correctionsAt).assumingMemoryBound(to: UInt16.self)
  }

  private func codeword(of index: Int, _ subquantizer: Int) -> UInt8 {
    shape.codeword(subquantizer, of: index % shape.lanes, in: bytes(ofBlock: index / shape.lanes))
  }

  private func setCodeword(_ codeword: UInt8, of index: Int, _ subquantizer: Int) {
    let (block, lane) = (bytes(ofBlock: index / shape.lanes), index % shape.lanes)
    if shape.nbits == 4 {
      rbk_pq4_set_code(block, lane, subquantizer, codeword)
    } else {
      rbk_pq8_set_code(block, lane, subquantizer, codeword)
    }
  }
}
