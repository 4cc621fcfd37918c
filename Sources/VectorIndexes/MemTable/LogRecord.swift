import VectorCore

/// One write in the form in which the log stores it.
///
/// Layout of a payload, little-endian: the kind (1 byte: 1 insertion, 2 removal, 3 lost rows) and the number of its
/// first row (8 bytes). Then follows, for a removal, the id (8); for lost rows, their number (4); for an insertion, the
/// number of vectors n (4), n ids (8 each), n × d floats (4 each), and optionally n times metadata.
///
/// Metadata are the number of fields (4) and for each field its name, a type (1 byte: 1 integer, 2 real, 3 text, 4
/// Boolean) and the value (8 bytes, a text, or 1 byte). A text is its length in bytes (4) and UTF-8.
struct LogRecord {
  enum Write {
    case insert(ids: [UInt64], vectors: Matrix, metadata: [Metadata])
    case remove(id: UInt64)
    /// Rows whose records were damaged. A salvage writes this record, so that later rows keep their numbers.
    case lost(rows: UInt32)
  }

  let firstRow: UInt64
  let write: Write

  init(firstRow: UInt64, write: Write) {
    self.firstRow = firstRow
    self.write = write
  }

  /// The rows of the write, all of which are valid sequence numbers.
  var rows: Range<UInt64> {
    switch write {
    case .insert(let ids, _, _): firstRow..<firstRow + UInt64(ids.count)
    case .remove: firstRow..<firstRow + 1
    case .lost(let rows): firstRow..<firstRow + UInt64(rows)
    }
  }

  /// The number of bytes of the payload, computed without encoding it. - Complexity: O(metadata).
  var byteCount: Int {
    switch write {
    case .insert(let ids, let vectors, let metadata):
      metadata.reduce(Self.leastInsertBytes + 8 * ids.count + 4 * vectors.rows * vectors.columns) {
        $0 + bytes(of: $1)
      }
    case .remove: Self.removalBytes
    case .lost: Self.leastInsertBytes
    }
  }

  private func bytes(of metadata: Metadata) -> Int {
    metadata.reduce(4) { sum, field in
      let value =
        switch field.value {
        case .integer, .real: 8
        case .text(let text): 4 + text.utf8.count
        case .boolean: 1
        }
      return sum + 4 + field.key.utf8.count + 1 + value
    }
  }

  /// The number of bytes of the shortest payload.
  static let leastBytes = leastInsertBytes
  private static let leastInsertBytes = 13
  private static let removalBytes = 17
  /// The valid values of the first byte of a payload.
  static let kinds: ClosedRange<UInt8> = 1...3

  func encode(into bytes: inout [UInt8]) {
    switch write {
    case .insert(let ids, let vectors, let metadata):
      bytes.append(1)
      bytes.append(littleEndian: firstRow)
      bytes.append(littleEndian: UInt32(ids.count))
      for id in ids { bytes.append(littleEndian: id) }
      let floats = UnsafeBufferPointer(start: vectors.baseAddress, count: vectors.rows * vectors.columns)
      #if _endian(little)
        bytes.append(contentsOf: UnsafeRawBufferPointer(floats))
      #else
        for float in floats { bytes.append(littleEndian: float.bitPattern) }
      #endif
      for fields in metadata { encode(fields, into: &bytes) }
    case .remove(let id):
      bytes.append(2)
      bytes.append(littleEndian: firstRow)
      bytes.append(littleEndian: id)
    case .lost(let rows):
      bytes.append(3)
      bytes.append(littleEndian: firstRow)
      bytes.append(littleEndian: rows)
    }
  }

  private func encode(_ metadata: Metadata, into bytes: inout [UInt8]) {
    func append(_ text: String) {
      bytes.append(littleEndian: UInt32(text.utf8.count))
      bytes.append(contentsOf: text.utf8)
    }
    bytes.append(littleEndian: UInt32(metadata.count))
    for (name, value) in metadata {
      append(name)
      switch value {
      case .integer(let value):
        bytes.append(1)
        bytes.append(littleEndian: value)
      case .real(let value):
        bytes.append(2)
        bytes.append(littleEndian: value.bitPattern)
      case .text(let value):
        bytes.append(3)
        append(value)
      case .boolean(let value):
        bytes.append(4)
        bytes.append(value ? 1 : 0)
      }
    }
  }

  /// Reads the rows of a payload from its first `leastBytes`; `nil` if no record of this length can begin so.
  ///
  /// - Complexity: O(1).
  static func rows(
    ofPayload head: UnsafeRawBufferPointer, byteCount: Int, dimension: Int
  ) -> Range<UInt64>? {
    guard head.count >= leastBytes else { return nil }
    let row = UInt64(littleEndian: head.loadUnaligned(fromByteOffset: 1, as: UInt64.self))
    let number = UInt32(littleEndian: head.loadUnaligned(fromByteOffset: 9, as: UInt32.self))
    let count: UInt64
    switch head[0] {
    case 1:
      let (bytes, overflows) = Int(number).multipliedReportingOverflow(by: 8 + 4 * dimension)
      guard number > 0, !overflows, bytes <= byteCount - leastInsertBytes else { return nil }
      let rest = byteCount - leastInsertBytes - bytes
      guard rest == 0 || rest >= 4 * Int(number) else { return nil }
      count = UInt64(number)
    case 2:
      guard byteCount == removalBytes else { return nil }
      count = 1
    case 3:
      guard number > 0, byteCount == leastInsertBytes else { return nil }
      count = UInt64(number)
    default: return nil
    }
    return count <= UInt64.max - row ? row..<row + count : nil
  }

  /// Decodes a payload whose check is correct; `nil` if it has another format.
  init?(decoding bytes: [UInt8], dimension: Int) {
    let rows = bytes.withUnsafeBytes { Self.rows(ofPayload: $0, byteCount: $0.count, dimension: dimension) }
    guard rows != nil else { return nil }
    let reader = LogReader(bytes, from: 0)
    guard let kind = reader.byte(), let row = reader.uint64() else { return nil }
    firstRow = row
    switch kind {
    case 1:
      guard let count = reader.uint32().map(Int.init), let ids = reader.uint64s(count),
        let vectors = reader.matrix(rows: count, columns: dimension)
      else { return nil }
      var metadata: [Metadata] = []
      while metadata.count < count, !reader.isAtEnd {
        guard let fields = reader.metadata() else { return nil }
        metadata.append(fields)
      }
      guard metadata.isEmpty || metadata.count == count else { return nil }
      write = .insert(ids: ids, vectors: vectors, metadata: metadata)
    case 2:
      guard let id = reader.uint64() else { return nil }
      write = .remove(id: id)
    case 3:
      guard let rows = reader.uint32() else { return nil }
      write = .lost(rows: rows)
    default: return nil
    }
    guard reader.isAtEnd else { return nil }
  }
}

extension [UInt8] {
  /// Appends an integer, the least significant byte first.
  mutating func append(littleEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}

/// Reads numbers from bytes, one after the other; each read returns `nil` past the end.
final class LogReader {
  private let bytes: [UInt8]
  private let end: Int
  private var next: Int

  init(_ bytes: [UInt8], from start: Int) {
    self.bytes = bytes
    end = bytes.count
    next = start
  }

  var isAtEnd: Bool { next == end }

  func byte() -> UInt8? { integer(UInt8.self) }
  func uint32() -> UInt32? { integer(UInt32.self) }
  func uint64() -> UInt64? { integer(UInt64.self) }

  func uint64s(_ count: Int) -> [UInt64]? {
    guard take(count.multipliedReportingOverflow(by: 8)) != nil else { return nil }
    next -= 8 * count
    return (0..<count).map { _ in uint64()! }
  }

  func matrix(rows: Int, columns: Int) -> Matrix? {
    guard let start = take((4 * columns).multipliedReportingOverflow(by: rows)) else { return nil }
    return bytes.withUnsafeBytes { bytes in
      Matrix(rows: rows, columns: columns) { floats in
        for index in 0..<rows * columns {
          let bits = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: start + 4 * index, as: UInt32.self))
          floats.initializeElement(at: index, to: Float(bitPattern: bits))
        }
      }
    }
  }

  func metadata() -> Metadata? {
    guard let count = uint32() else { return nil }
    var metadata: Metadata = [:]
    for _ in 0..<count {
      guard let name = text(), let kind = byte(), let value = value(kind) else { return nil }
      metadata[name] = value
    }
    return metadata
  }

  private func value(_ kind: UInt8) -> MetadataValue? {
    switch kind {
    case 1: uint64().map { .integer(Int64(bitPattern: $0)) }
    case 2: uint64().map { .real(Double(bitPattern: $0)) }
    case 3: text().map { .text($0) }
    case 4: byte().map { .boolean($0 != 0) }
    default: nil
    }
  }

  private func text() -> String? {
    guard let count = uint32().map(Int.init), let start = take((count, false)) else { return nil }
    return String(decoding: bytes[start..<start + count], as: UTF8.self)
  }

  private func integer<Value: FixedWidthInteger>(_ type: Value.Type) -> Value? {
    guard let start = take((MemoryLayout<Value>.size, false)) else { return nil }
    return bytes.withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: Value.self)) }
  }

  /// Advances by `count` bytes; returns the offset of the first of them, or `nil` if there are fewer.
  private func take(_ count: (partialValue: Int, overflow: Bool)) -> Int? {
    guard !count.overflow, count.partialValue <= end - next else { return nil }
    defer { next += count.partialValue }
    return next
  }
}
