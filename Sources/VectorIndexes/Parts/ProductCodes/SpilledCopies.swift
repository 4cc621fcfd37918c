import VectorCore

/// Copies, in one list, of vectors that belong to other lists, so that a search finds them in either list.
///
/// A copy has a code relative to this list's centre, and the place of the vector.
struct SpilledCopies: ~Copyable {
  private(set) var codes: ProductCodeBlocks
  private var memory = RowMemory(rowBytes: MemoryLayout<RowPlace>.stride)

  init(shape: ProductCodeShape) { codes = ProductCodeBlocks(shape: shape) }

  private init(copying other: borrowing SpilledCopies) {
    codes = other.codes.copy()
    memory = RowMemory(copying: other.memory)
  }

  /// A copy in new memory.
  borrowing func copy() -> SpilledCopies { SpilledCopies(copying: self) }

  var count: Int { codes.count }

  /// The places of the vectors, row by row; valid until the next change.
  var origins: UnsafeMutablePointer<RowPlace> { memory[0].assumingMemoryBound(to: RowPlace.self) }

  func rows(ofList list: UInt32) -> CodedRows { codes.rows(ofList: list, origins: origins) }

  var memoryBytes: Int { codes.memoryBytes + memory.capacity * memory.rowBytes }

  /// Appends the codes `rows` of `all`, for the vectors at these places. - Complexity: amortised O(added·m).
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

  /// Removes a row; the last row takes its place. - Complexity: O(m).
  mutating func swapRemove(at row: Int) {
    codes.swapRemove(at: row)
    memory.swapRemove(at: row)
  }
}

/// The second lists of vectors, and their product codes there.
struct Spill {
  /// The second list of each vector.
  let labels: [Int32]
  /// The codes of the vectors relative to the centre of the second list.
  let codes: ProductCodes
}
