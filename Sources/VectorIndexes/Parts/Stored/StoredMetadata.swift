import OrderedStore
import VectorCore

/// Metadata as bytes: for each field, in the order of the names, the name, a byte for the type, and the value.
///
/// A text is its length, UInt32, and UTF-8; numbers have the byte order of the machine.
enum StoredMetadata {
  private enum Tag: UInt8 { case integer, real, text, boolean }

  static func encode(_ metadata: Metadata) -> [UInt8] {
    var bytes: [UInt8] = []
    func append<Number: BitwiseCopyable>(_ number: Number) { withUnsafeBytes(of: number) { bytes += $0 } }
    func append(text: String) {
      append(UInt32(text.utf8.count))
      bytes += text.utf8
    }
    func append(_ tag: Tag) { bytes.append(tag.rawValue) }
    for name in metadata.keys.sorted() {
      append(text: name)
      switch metadata[name] {
      case .integer(let integer):
        append(.integer)
        append(integer)
      case .real(let real):
        append(.real)
        append(real)
      case .text(let text):
        append(.text)
        append(text: text)
      case .boolean(let boolean):
        append(.boolean)
        append(UInt8(boolean ? 1 : 0))
      case nil: break
      }
    }
    return bytes
  }

  /// Decodes metadata; `nil` for invalid bytes.
  static func decode(_ bytes: UnsafeRawBufferPointer) -> Metadata? {
    var rest = bytes[...]
    func number<Number: BitwiseCopyable>(_ type: Number.Type) -> Number? {
      let count = MemoryLayout<Number>.size
      guard rest.count >= count else { return nil }
      defer { rest = rest.dropFirst(count) }
      return UnsafeRawBufferPointer(rebasing: rest).loadUnaligned(as: type)
    }
    func text() -> String? {
      guard let count = number(UInt32.self), rest.count >= count else { return nil }
      defer { rest = rest.dropFirst(Int(count)) }
      return String(validating: rest.prefix(Int(count)), as: UTF8.self)
    }
    func value() -> MetadataValue? {
      switch number(UInt8.self).flatMap(Tag.init) {
      case .integer: number(Int64.self).map(MetadataValue.integer)
      case .real: number(Double.self).map(MetadataValue.real)
      case .text: text().map(MetadataValue.text)
      case .boolean: number(UInt8.self).map { .boolean($0 != 0) }
      case nil: nil
      }
    }
    var metadata: Metadata = [:]
    while !rest.isEmpty {
      guard let name = text(), let value = value() else { return nil }
      metadata[name] = value
    }
    return metadata
  }
}

extension StoreReader {
  /// The metadata of one vector; empty if it has none.
  func metadata(of id: UInt64, _ place: StorePlace) throws(StoreError) -> Metadata {
    guard let bytes = try value(for: PostingLayout.key(ofID: id), in: StoredTable.metadata) else { return [:] }
    guard let fields = StoredMetadata.decode(bytes) else {
      throw place.corrupted(StoredTable.metadata, "the metadata of id \(id)")
    }
    return fields
  }

  /// The metadata of all vectors.
  func metadata(_ place: StorePlace) throws(StoreError) -> MetadataTable {
    var table = MetadataTable()
    let cursor = try cursor(in: StoredTable.metadata)
    while let entry = try cursor.next() {
      guard let id = PostingLayout.id(ofKey: entry.key), let fields = StoredMetadata.decode(entry.value) else {
        throw place.corrupted(StoredTable.metadata, "not the metadata of a vector")
      }
      table[id] = fields
    }
    return table
  }
}
