import VectorCore

/// Rows of another table: those that were drawn at random, or all others, in the order of the table.
struct SplitTable: StoredTable {
  private let base: any StoredTable
  let part: String
  /// Row numbers of the base, ascending.
  private let places: [Int]

  var path: String { base.path }
  var rows: Int { places.count }
  var columns: Int { base.columns }
  var elementType: ElementType { base.elementType }
  var rowsOfAChunk: Int { 1 }

  /// Draws queries from a table, always the same ones; the other rows stay to be indexed.
  ///
  /// - Parameter count: queries to draw, at least 1 and fewer than there are rows.
  /// - Complexity: O(rows).
  static func split(_ base: any StoredTable, queries count: Int) -> (train: SplitTable, test: SplitTable) {
    var generator = SeededGenerator(seed: 0)
    let drawn = generator.sample(count, below: base.rows).sorted()
    var isDrawn = [Bool](repeating: false, count: base.rows)
    for row in drawn { isDrawn[row] = true }
    let rest = isDrawn.indices.filter { !isDrawn[$0] }
    return (
      SplitTable(base: base, part: "train", places: rest), SplitTable(base: base, part: "test", places: drawn)
    )
  }

  func matrix(rows limit: Int) throws(DatasetError) -> Matrix {
    let count = min(rows, limit)
    try checkMemory(rows: count)
    return try Matrix(rows: count, columns: columns) { (floats) throws(DatasetError) in
      guard var target = floats.baseAddress else { return }
      try forEachRow(0..<count) { (row, bytes) throws(DatasetError) in
        bytes.withUnsafeBytes { elementType.convert($0.baseAddress!, count: columns, to: target) }
        let elements = Span(_unsafeStart: UnsafePointer(target), count: columns)
        if let column = elements.firstNotFinite {
          throw .notFinite(path: path, part: base.part, row: row, column: column)
        }
        target += columns
      }
    }
  }

  func bytes(rows range: Range<Int>) throws(DatasetError) -> [UInt8] {
    var all: [UInt8] = []
    all.reserveCapacity(range.count * columns * elementType.byteCount)
    try forEachRow(range) { _, bytes in all += bytes }
    return all
  }

  func digest(rows limit: Int) throws(DatasetError) -> String {
    // Once: the queries are what train leaves over.
    let source = part == "train" ? try base.digest(rows: .max) : "the same"
    return SHA256.of("\(part) \(min(limit, rows)) of \(rows) drawn from \(source)")
  }

  func rowReader() throws(DatasetError) -> (_ row: Int) throws(DatasetError) -> Matrix {
    let read = try base.rowReader()
    return { (row) throws(DatasetError) in try read(places[row]) }
  }

  /// Reads rows of this table block by block of the base, in order.
  ///
  /// - Parameter body: gets the row's number in the base.
  private func forEachRow(
    _ range: Range<Int>, _ body: (_ row: Int, _ bytes: ArraySlice<UInt8>) throws(DatasetError) -> Void
  ) throws(DatasetError) {
    guard let first = range.first, let last = range.last else { return }
    let rowSize = columns * elementType.byteCount
    let chunk = try base.rowsOfAChunk
    let blockRows = max((8 << 20) / rowSize / chunk, 1) * chunk
    var next = first
    for start in stride(from: places[first] / chunk * chunk, through: places[last], by: blockRows) {
      let block = start..<min(start + blockRows, base.rows)
      guard places[next] < block.upperBound else { continue }
      let bytes = try base.bytes(rows: block)
      while next <= last, places[next] < block.upperBound {
        let place = (places[next] - start) * rowSize
        try body(places[next], bytes[place..<place + rowSize])
        next += 1
      }
    }
  }
}
