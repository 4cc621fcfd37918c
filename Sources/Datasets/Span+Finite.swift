extension Span<Float> {
  /// The place of the first number that is NaN or infinite. - Complexity: O(n).
  var firstNotFinite: Int? {
    // The exponent bits are all set in those alone. They are folded without branches, as signed integers, which the
    // oldest instruction set can compare: that vectorises.
    let exponent: Int32 = 0x7F80_0000
    var largest: Int32 = 0
    for index in indices { largest = max(largest, Int32(bitPattern: self[index].bitPattern) & exponent) }
    return largest == exponent ? indices.first { !self[$0].isFinite } : nil
  }
}
