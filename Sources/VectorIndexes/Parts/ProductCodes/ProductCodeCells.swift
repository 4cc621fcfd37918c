import CKernels

/// Product codes in consecutive blocks, in a list in memory or in a page of a file.
struct ProductCodeCells {
  let shape: ProductCodeShape
  /// The address of the first block.
  let base: UnsafeMutableRawPointer

  /// Writes a row-major code and its correction as vector `index`. - Complexity: O(m).
  func write(_ code: UnsafePointer<UInt8>, _ correction: ProductCorrection, at index: Int) {
    for subquantizer in 0..<shape.m { setCodeword(shape.codeword(subquantizer, in: code), of: index, subquantizer) }
    setCorrection(correction, of: index)
  }

  /// Writes the code of vector `index`, row-major, `codeBytes` bytes, to `code`. - Complexity: O(m).
  func read(_ index: Int, into code: UnsafeMutablePointer<UInt8>) {
    for subquantizer in 0..<shape.m {
      let codeword = codeword(of: index, subquantizer)
      if shape.nbits == 8 {
        code[subquantizer] = codeword
      } else if subquantizer % 2 == 0 {
        code[subquantizer / 2] = codeword
      } else {
        code[subquantizer / 2] |= codeword << 4
      }
    }
  }

  /// Copies code and correction of vector `source` of `other` to vector `index`. - Complexity: O(m).
  func copy(_ source: Int, of other: ProductCodeCells, to index: Int) {
    let lanes = shape.lanes
    let (from, to) = (other.bytes(ofBlock: source / lanes), bytes(ofBlock: index / lanes))
    if shape.nbits == 4 {
      rbk_pq4_copy_code(from, source % lanes, to, index % lanes, shape.m)
    } else {
      rbk_pq8_copy_code(from, source % lanes, to, index % lanes, shape.m)
    }
    setCorrection(other.correction(of: source), of: index)
  }

  /// Copies codes and corrections of the first `count` vectors of `other` to vector `index` and the following ones.
  ///
  /// After them, the rest of the last block has any codes. - Complexity: O(count·m); whole blocks at once if `index` is
  /// the first vector of a block.
  func copyFirst(_ count: Int, of other: ProductCodeCells, to index: Int) {
    guard index % shape.lanes == 0 else {
      for row in 0..<count { copy(row, of: other, to: index + row) }
      return
    }
    let blockCount = (count + shape.lanes - 1) / shape.lanes
    bytes(ofBlock: index / shape.lanes).update(
      from: other.base.assumingMemoryBound(to: UInt8.self), count: blockCount * shape.blockBytes)
  }

  /// The correction of vector `index`.
  func correction(of index: Int) -> ProductCorrection {
    let (offsets, lane) = (corrections(of: index), index % shape.lanes)
    return ProductCorrection(offset: offsets[lane], factor: offsets[shape.lanes + lane])
  }

  private func setCorrection(_ correction: ProductCorrection, of index: Int) {
    let (offsets, lane) = (corrections(of: index), index % shape.lanes)
    offsets[lane] = correction.offset
    offsets[shape.lanes + lane] = correction.factor
  }

  /// The address of the offsets in the block of vector `index`; the factors follow.
  private func corrections(of index: Int) -> UnsafeMutablePointer<UInt16> {
    (base + index / shape.lanes * shape.blockBytes + shape.correctionsAt).assumingMemoryBound(to: UInt16.self)
  }

  private func codeword(of index: Int, _ subquantizer: Int) -> UInt8 {
    let (block, lane) = (bytes(ofBlock: index / shape.lanes), index % shape.lanes)
    return shape.nbits == 4 ? rbk_pq4_code(block, lane, subquantizer) : rbk_pq8_code(block, lane, subquantizer)
  }

  private func setCodeword(_ codeword: UInt8, of index: Int, _ subquantizer: Int) {
    let (block, lane) = (bytes(ofBlock: index / shape.lanes), index % shape.lanes)
    if shape.nbits == 4 {
      rbk_pq4_set_code(block, lane, subquantizer, codeword)
    } else {
      rbk_pq8_set_code(block, lane, subquantizer, codeword)
    }
  }

  private func bytes(ofBlock block: Int) -> UnsafeMutablePointer<UInt8> {
    (base + block * shape.blockBytes).assumingMemoryBound(to: UInt8.self)
  }
}
