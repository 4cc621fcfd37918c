import CKernels

/// The product code of one row that stands alone, row-major.
struct CodedRow {
  let place: RowPlace
  let code: UnsafePointer<UInt8>
  let correction: ProductCorrection

  /// The sum of its float table entries, m × ksub, bit for bit what the kernel makes of the code in a block.
  ///
  /// - Complexity: O(m).
  func sum(_ tables: UnsafePointer<Float>, _ shape: ProductCodeShape) -> Float {
    var sum: Float = 0
    for subquantizer in 0..<shape.m { sum += tables[entry(subquantizer, shape)] }
    return sum
  }

  /// The estimate by 8-bit tables, bit for bit what a scan makes of the code in a block. - Complexity: O(m).
  func estimate(_ tables: UnsafePointer<UInt8>, _ terms: rbk_pq_estimate, _ shape: ProductCodeShape) -> Float {
    var sum: Int32 = 0
    for subquantizer in 0..<shape.m { sum += Int32(tables[entry(subquantizer, shape)]) }
    let apart = terms.base + terms.offset_step * Float(correction.offset)
    let times = terms.factor_base + terms.factor_step * Float(correction.factor)
    return apart + times * (terms.sum_base + terms.sum_step * Float(sum))
  }

  /// Where in the tables the entry of one code stands.
  private func entry(_ subquantizer: Int, _ shape: ProductCodeShape) -> Int {
    subquantizer * shape.ksub + Int(shape.codeword(subquantizer, in: code))
  }
}
