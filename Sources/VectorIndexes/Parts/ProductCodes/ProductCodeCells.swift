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
    for subquantizer in 0..<shape.m { setCodeword(other.codeword(of: source, subquantizer), of: index, subquantizer) }
    setCorrection(other.correction(of: source), of: index)
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
