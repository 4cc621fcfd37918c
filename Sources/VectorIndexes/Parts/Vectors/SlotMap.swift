/// A map from ids to slots: an array for ids that are dense from 0 on, and a dictionary for all others.
struct SlotMap {
  /// The slot of an id that is not in the map.
  static let none = UInt32.max
  /// Ids below this multiple of their number are dense; they take at most 16 bytes each.
  private static let sparsity = 4
  private static let least = 1024

  private var dense: [UInt32] = []
  private var others: [UInt64: UInt32] = [:]
  private var count = 0

  /// The slot of an id; `nil` for an id that is not in the map. - Complexity: O(1), amortised for a change.
  subscript(id: UInt64) -> UInt32? {
    get {
      if id < UInt64(dense.count) { return dense[Int(id)] == Self.none ? nil : dense[Int(id)] }
      return others[id]
    }
    set {
      count += (newValue == nil ? 0 : 1) - (self[id] == nil ? 0 : 1)
      if id >= UInt64(dense.count), id < UInt64(max(Self.least, Self.sparsity * count)) { grow(toContain: Int(id)) }
      if id < UInt64(dense.count) { dense[Int(id)] = newValue ?? Self.none } else { others[id] = newValue }
    }
  }

  private mutating func grow(toContain id: Int) {
    let length = max(id + 1, min(2 * dense.count, Self.sparsity * count))
    dense.append(contentsOf: repeatElement(Self.none, count: length - dense.count))
    for (id, slot) in others where id < UInt64(length) { dense[Int(id)] = slot }
    if others.isEmpty { return }
    others = others.filter { $0.key >= UInt64(length) }
  }

  /// Writes the slot of each id, or `none`. - Complexity: O(ids).
  func find(_ ids: UnsafeBufferPointer<UInt64>, into found: UnsafeMutablePointer<UInt32>) {
    dense.withUnsafeBufferPointer { dense in
      for (place, id) in ids.enumerated() {
        found[place] = id < UInt64(dense.count) ? dense[Int(id)] : others[id] ?? Self.none
      }
    }
  }

  var memoryBytes: Int { dense.capacity * MemoryLayout<UInt32>.stride + dictionaryBytes(others) }
}
