/// The metadata of vectors by id; allocates nothing until a vector has metadata.
struct MetadataTable {
  private var entries: [UInt64: Metadata] = [:]
  private var entryBytes = 0

  /// Whether no vector has metadata.
  var isEmpty: Bool { entries.isEmpty }

  /// The metadata of a vector; empty if it has none.
  subscript(id: UInt64) -> Metadata {
    get { entries[id] ?? [:] }
    set {
      let old = newValue.isEmpty ? entries.removeValue(forKey: id) : entries.updateValue(newValue, forKey: id)
      entryBytes += Self.bytes(newValue) - (old.map(Self.bytes) ?? 0)
    }
  }

  /// Bytes of the table, its dictionaries and the texts in them.
  var memoryBytes: Int { dictionaryBytes(entries) + entryBytes }

  /// Bytes of one vector's fields.
  static func bytes(_ metadata: Metadata) -> Int {
    metadata.reduce(dictionaryBytes(metadata)) { sum, field in
      let text = if case .text(let text) = field.value { text.utf8.count } else { 0 }
      return sum + field.key.utf8.count + text
    }
  }
}

/// Bytes that a dictionary has allocated for its hash table: capacity at a load of 3/4, keys and values, one bit each.
func dictionaryBytes<Key, Value>(_ dictionary: [Key: Value]) -> Int {
  let slots = dictionary.capacity * 4 / 3
  return slots * (MemoryLayout<Key>.stride + MemoryLayout<Value>.stride) + slots / 8
}
