/// A set of row numbers, one bit a row.
struct RowBitmap: Sendable, Equatable {
  /// Row i is bit i % 64 of word i / 64.
  private(set) var words: [UInt64]
  /// The number of rows in the set.
  private(set) var count = 0

  /// An empty set of rows below `rows`.
  init(rows: Int) { words = Array(repeating: 0, count: (rows + 63) / 64) }

  func contains(_ row: Int) -> Bool { words[row / 64] >> UInt64(row % 64) & 1 != 0 }

  mutating func insert(_ row: Int) {
    count += contains(row) ? 0 : 1
    words[row / 64] |= 1 << UInt64(row % 64)
  }

  /// The rows of the set, ascending.
  var rows: [Int] {
    var rows: [Int] = []
    rows.reserveCapacity(count)
    for (place, word) in words.enumerated() {
      var left = word
      while left != 0 {
        rows.append(place * 64 + left.trailingZeroBitCount)
        left &= left - 1
      }
    }
    return rows
  }
}
