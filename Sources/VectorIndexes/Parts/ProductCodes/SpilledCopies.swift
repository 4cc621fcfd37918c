import VectorCore

/// The vectors of other lists that are coded in this one too, so that a search finds them from either: their codes
/// about this list's centre, and where the vectors are.
struct SpilledCopies: ~Copyable {
  private(set) var codes: ProductCodeBlocks
  private var memory = RowMemory(rowBytes: MemoryLayout<RowPlace>.stride)

  init(shape: ProductCodeShape) { codes = ProductCodeBlocks(shape: shape) }

  private init(copying other: borrowing SpilledCopies) {
    codes = other.codes.copy()
    memory = RowMemory(copying: other.memory)
  }

  /// The same rows in memory of their own.
  borrowing func copy() -> SpilledCopies { SpilledCopies(copying: self) }

  var count: Int { codes.count }

  /// The places of the vectors, row by row; valid until the next change.
  var origins: UnsafeMutablePointer<RowPlace> { memory[0].assumingMemoryBound(to: RowPlace.self) }

  func rows(ofList list: UInt32) -> CodedRows { codes.rows(ofList: list, origins: origins) }

  var memoryBytes: Int { codes.memoryBytes + memory.capacity * memory.rowBytes }

  /// Adds the codes `rows` of `all`, of the vectors at these places. - Complexity: amortised O(added·m).
  mutating func append(
    _ all: ProductCodes, rows: some Collection<Int>, origins added: some Collection<RowPlace>
  ) {
    codes.append(all, rows: rows)
    var target = memory.append(added.count).bindMemory(to: RowPlace.self, capacity: added.count)
    for place in added {
      target.initialize(to: place)
      target += 1
    }
  }

  /// Removes a row; the last one takes its place. - Complexity: O(m).
  mutating func swapRemove(at row: Int) {
    codes.swapRemove(at: row)
    memory.swapRemove(at: row)
  }
}

/// Product codes of vectors in a second list each.
struct Spill {
  /// The second list of each vector.
  let labels: [Int32]
  /// Their codes about its centre.
  let codes: ProductCodes
}
