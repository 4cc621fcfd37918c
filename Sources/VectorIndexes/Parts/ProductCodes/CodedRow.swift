import CKernels

/// The product code of one row outside a block, row-major.
struct CodedRow {
  let place: RowPlace
  let code: UnsafePointer<UInt8>
  let correction: ProductCorrection

  /// The sum of its entries in the float tables, m × ksub; bit by bit the result of the kernel for a code in a block.
  ///
  /// - Complexity: O(m).
  func sum(_ tables: UnsafePointer<Float>, _ shape: ProductCodeShape) -> Float {
    var sum: Float = 0
    for subquantizer in 0..<shape.m { sum += tables[entry(subquantizer, shape)] }
    return sum
  }

  /// The estimate by 8-bit tables; bit by bit the result of a scan for a code in a block. - Complexity: O(m).
  func estimate(
    _ tables: UnsafePointer<UInt8>, _ corrections: rbk_pq_corrections, _ terms: rbk_pq_estimate,
    _ shape: ProductCodeShape
  ) -> Float {
    var sum: Int32 = 0
    for subquantizer in 0..<shape.m { sum += Int32(tables[entry(subquantizer, shape)]) }
    let apart = terms.base + corrections.offset_step * Float(correction.offset)
    let times = corrections.factor_base + corrections.factor_step * Float(correction.factor)
    return apart + times * (terms.sum_base + terms.sum_step * Float(sum))
  }

  /// The index in the tables of the entry for the code of a subquantizer.
  private func entry(_ subquantizer: Int, _ shape: ProductCodeShape) -> Int {
    subquantizer * shape.ksub + Int(shape.codeword(subquantizer, in: code))
  }
}
