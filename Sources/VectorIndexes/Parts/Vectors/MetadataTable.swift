import Synchronization
import VectorCore

/// The metadata of vectors by id, in columns; allocates nothing until a vector has metadata.
///
/// Each vector with metadata has a slot, and each field a column with a number for the value in each slot. A column
/// keeps each of its values once, so that a filter compares values, of which there are few, instead of rows.
struct MetadataTable {
  /// The slot of each id.
  private var slots = SlotMap()
  /// The columns, which keep their places until the last vector is gone.
  private(set) var columns: [MetadataColumn] = []
  private var places: [String: Int] = [:]
  private var freeSlots: [UInt32] = []
  /// The number of slots, free or not.
  private var slotCount = 0
  /// A number that no table with other contents has.
  private(set) var version: UInt64 = 0
  /// The orders in which filters read the columns; copies of a table share them.
  let orders = ColumnOrders()

  /// Whether no vector has metadata.
  var isEmpty: Bool { slotCount == freeSlots.count }

  /// The metadata of a vector; empty if it has none. - Complexity: O(fields of the table).
  subscript(id: UInt64) -> Metadata {
    get {
      guard let slot = slots[id] else { return [:] }
      return columns.reduce(into: Metadata()) { metadata, column in
        if let value = column[Int(slot)] { metadata[column.name] = value }
      }
    }
    set {
      let old = slots[id]
      guard old != nil || !newValue.isEmpty else { return }
      version = UniqueNumber.next()
      guard !newValue.isEmpty else { return remove(id, slot: old!) }
      let slot = old ?? takeSlot(for: id)
      for place in columns.indices { columns[place].set(newValue[columns[place].name], at: Int(slot)) }
      for (name, value) in newValue where places[name] == nil {
        places[name] = columns.count
        columns.append(MetadataColumn(name: name))
        columns[columns.count - 1].set(value, at: Int(slot))
      }
    }
  }

  private mutating func takeSlot(for id: UInt64) -> UInt32 {
    let slot = freeSlots.popLast() ?? UInt32(slotCount)
    slotCount = max(slotCount, Int(slot) + 1)
    slots[id] = slot
    return slot
  }

  private mutating func remove(_ id: UInt64, slot: UInt32) {
    slots[id] = nil
    freeSlots.append(slot)
    for place in columns.indices { columns[place].set(nil, at: Int(slot)) }
    if isEmpty { (self, version) = (MetadataTable(), version) }
  }

  /// The column of a field; `nil` when no vector has ever had it.
  func column(_ name: String) -> Int? { places[name] }

  /// The slot of an id; `nil` for a vector without metadata.
  func slot(of id: UInt64) -> UInt32? { slots[id] }

  /// The slot of each id, or `SlotMap.none`. - Complexity: O(ids).
  func slots(of ids: UnsafeBufferPointer<UInt64>) -> [UInt32] {
    [UInt32](unsafeUninitializedCapacity: ids.count) { found, count in
      count = ids.count
      if let found = found.baseAddress { slots.find(ids, into: found) }
    }
  }

  /// Bytes of the slots, the columns with their values, and the orders that searches have made.
  var memoryBytes: Int {
    guard slotCount > 0 else { return 0 }
    let rest = slots.memoryBytes + freeSlots.capacity * MemoryLayout<UInt32>.stride + orders.memoryBytes
    return columns.reduce(rest) { $0 + $1.memoryBytes }
  }

  /// Bytes of one vector's fields in a dictionary.
  static func bytes(_ metadata: Metadata) -> Int {
    metadata.reduce(dictionaryBytes(metadata)) { sum, field in sum + field.key.utf8.count + field.value.textBytes }
  }
}

/// Numbers that are given out once.
enum UniqueNumber {
  private static let last = Atomic<UInt64>(0)

  static func next() -> UInt64 { last.add(1, ordering: .relaxed).newValue }
}

/// Bytes that a dictionary has allocated for its hash table: capacity at a load of 3/4, keys and values, one bit each.
func dictionaryBytes<Key, Value>(_ dictionary: [Key: Value]) -> Int {
  let slots = dictionary.capacity * 4 / 3
  return slots * (MemoryLayout<Key>.stride + MemoryLayout<Value>.stride) + slots / 8
}
