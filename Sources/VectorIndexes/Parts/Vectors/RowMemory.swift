import VectorCore

/// Growable memory for rows of equal width: contiguous, the first row 64-byte aligned.
///
/// Written here because Swift's arrays are not aligned to 64 bytes, and the row width is known only at run time.
struct RowMemory: ~Copyable {
  let rowBytes: Int
  private(set) var count = 0
  private(set) var capacity = 0
  private var base: UnsafeMutableRawPointer

  init(rowBytes: Int) {
    self.rowBytes = rowBytes
    base = AlignedMemory.allocate(byteCount: 0)
  }

  /// A copy of the rows in new memory without spare room. - Complexity: O(rows).
  init(copying other: borrowing RowMemory) {
    self.init(rowBytes: other.rowBytes)
    append(other.count).copyMemory(from: other.base, byteCount: other.count * rowBytes)
  }

  deinit { base.deallocate() }

  /// The memory of all rows, valid until the next append or removal.
  var memory: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count * rowBytes) }

  /// The address of row `index`; valid until the next append or removal.
  subscript(index: Int) -> UnsafeMutableRawPointer { base + index * rowBytes }

  /// Allocates room for `additional` more rows.
  ///
  /// A large batch allocates exactly what it needs; single appends grow the memory by half.
  mutating func reserve(_ additional: Int) {
    guard count + additional > capacity else { return }
    capacity = max(count + additional, capacity + capacity / 2)
    let grown = AlignedMemory.allocate(byteCount: capacity * rowBytes)
    grown.copyMemory(from: base, byteCount: count * rowBytes)
    base.deallocate()
    base = grown
  }

  /// Appends rows and returns the address to which the caller writes their bytes. - Complexity: amortised O(added).
  mutating func append(_ added: Int = 1) -> UnsafeMutableRawPointer {
    reserve(added)
    count += added
    return self[count - added]
  }

  /// Puts the rows into another order: row i is then the present row `order[i]`. - Complexity: O(rows).
  ///
  /// They are moved along the cycles of the permutation, so that they need memory for one row more, and a flag for each.
  mutating func reorder(_ order: [UInt32]) {
    precondition(order.count == count, "an order of \(order.count) rows, not \(count)")
    var isPlaced = [Bool](repeating: false, count: count)
    withUnsafeTemporaryAllocation(byteCount: rowBytes, alignment: 64) { spare in
      guard let spare = spare.baseAddress else { return }
      for first in order.indices where !isPlaced[first] {
        spare.copyMemory(from: self[first], byteCount: rowBytes)
        var place = first
        while Int(order[place]) != first {
          isPlaced[place] = true
          self[place].copyMemory(from: self[Int(order[place])], byteCount: rowBytes)
          place = Int(order[place])
        }
        isPlaced[place] = true
        self[place].copyMemory(from: spare, byteCount: rowBytes)
      }
    }
  }

  /// Removes row `index` by moving the last row to its place. - Complexity: O(1) rows.
  mutating func swapRemove(at index: Int) {
    precondition(index >= 0 && index < count, "row \(index) of \(count)")
    count -= 1
    if index < count { self[index].copyMemory(from: self[count], byteCount: rowBytes) }
  }
}
