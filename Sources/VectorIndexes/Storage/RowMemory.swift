/// Growable memory for rows of one width: contiguous, the first row 64-byte aligned.
struct RowMemory: ~Copyable {
  let rowBytes: Int
  private(set) var count = 0
  private(set) var capacity = 0
  private var base: UnsafeMutableRawPointer

  init(rowBytes: Int) {
    self.rowBytes = rowBytes
    base = Self.allocate(0)
  }

  deinit { base.deallocate() }

  /// The address of row `index`; valid until the next append or removal.
  subscript(index: Int) -> UnsafeMutableRawPointer { base + index * rowBytes }

  /// Makes room for `additional` more rows.
  ///
  /// A large batch gets what it needs and no more; appends one by one grow the memory by half.
  mutating func reserve(_ additional: Int) {
    guard count + additional > capacity else { return }
    capacity = max(count + additional, capacity + capacity / 2)
    let grown = Self.allocate(capacity * rowBytes)
    grown.copyMemory(from: base, byteCount: count * rowBytes)
    base.deallocate()
    base = grown
  }

  /// Adds a row, whose bytes the caller writes to the address returned. - Complexity: amortised O(1).
  mutating func append() -> UnsafeMutableRawPointer {
    reserve(1)
    count += 1
    return self[count - 1]
  }

  /// Removes row `index` by moving the last row to its place. - Complexity: O(1) rows.
  mutating func swapRemove(at index: Int) {
    precondition(index >= 0 && index < count, "row \(index) of \(count)")
    count -= 1
    if index < count { self[index].copyMemory(from: self[count], byteCount: rowBytes) }
  }

  private static func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
    .allocate(byteCount: max(byteCount, 1), alignment: 64)
  }
}
