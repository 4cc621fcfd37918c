/// Finds the records of a log, also the records behind damaged bytes.
struct LogScanner {
  /// A valid record: the bytes of its frame and payload, and the rows that it contains.
  struct Record: Equatable {
    let bytes: Range<Int64>
    let rows: Range<UInt64>
  }

  /// The number of bytes of the frame before each payload: its length, and the check of length and payload.
  static let frameBytes = 8

  private static let windowBytes = 1 << 20
  private static let remainderBytes = 4096

  let file: LogFile
  let path: String
  let dimension: Int
  /// The number of bytes of the file.
  let end: Int64
  /// The CRC remainders of all bytes from `remaindersFrom` up to each multiple of `remainderBytes`.
  ///
  /// They are computed only when a possible record is found behind damaged bytes.
  private var remainders: [UInt32] = []
  private var remaindersFrom: Int64 = 0

  init(_ file: LogFile, path: String, dimension: Int) throws(WriteAheadLogError) {
    self.file = file
    self.path = path
    self.dimension = dimension
    end = try file.byteCount()
  }

  /// The payload of the record that begins at a byte; `nil` if no valid record begins there.
  ///
  /// - Complexity: O(bytes of the record).
  func payload(at start: Int64) throws(WriteAheadLogError) -> [UInt8]? {
    let frame = try file.read(Self.frameBytes, at: start)
    let reader = LogReader(frame, from: 0)
    guard let length = reader.uint32(), let check = reader.uint32(),
      Int64(length) <= end - start - Int64(Self.frameBytes)
    else { return nil }
    let payload = try file.read(Int(length), at: start + Int64(Self.frameBytes))
    let found = payload.withUnsafeBytes { Self.check(length, of: $0) }
    return payload.count == Int(length) && found == check ? payload : nil
  }

  /// The record that begins at a byte; `nil` if no valid record begins there.
  ///
  /// - Throws: `WriteAheadLogError.notALog` for a payload with a correct check but another format.
  func record(at start: Int64) throws(WriteAheadLogError) -> Record? {
    guard let payload = try payload(at: start) else { return nil }
    let rows = payload.withUnsafeBytes {
      LogRecord.rows(ofPayload: $0, byteCount: $0.count, dimension: dimension)
    }
    guard let rows else { throw .notALog(path: path) }
    return Record(bytes: start..<start + Int64(Self.frameBytes + payload.count), rows: rows)
  }

  /// Checks that no valid record follows the bytes at `start`, which are none.
  ///
  /// - Parameter records: the number of records before `start`.
  /// - Throws: `WriteAheadLogError.damaged`.
  mutating func checkTail(at start: Int64, records: Int) throws(WriteAheadLogError) {
    guard end > start, let next = try firstRecord(from: start + 1) else { return }
    throw .damaged(path: path, record: records + 1, offset: Int(start), next: Int(next.bytes.lowerBound))
  }

  /// The first valid record that begins at this byte or later; `nil` if there is none.
  ///
  /// Damaged bytes may look like the beginning of long records at many places. So the checks of possible records are
  /// computed from the remainders of prefixes of the file, which are computed once.
  ///
  /// - Complexity: O(n) for n bytes before the record, plus O(log n + `remainderBytes`) for each possible record.
  mutating func firstRecord(from start: Int64) throws(WriteAheadLogError) -> Record? {
    let headBytes = Self.frameBytes + LogRecord.leastBytes
    var start = start
    while end - start >= headBytes {
      let window = try file.read(Int(min(Int64(Self.windowBytes), end - start)), at: start)
      guard window.count >= headBytes else { return nil }
      var offset = 0
      while let found = nextHead(in: window, from: offset, at: start) {
        if try isValid(found.record, check: found.check) { return found.record }
        offset = found.offset + 1
      }
      start += Int64(window.count - headBytes + 1)
    }
    return nil
  }

  /// The next bytes in a window that look like the beginning of a record with a plausible length.
  private func nextHead(
    in window: [UInt8], from first: Int, at start: Int64
  ) -> (offset: Int, record: Record, check: UInt32)? {
    window.withUnsafeBytes { bytes in
      var offset = first
      while offset + Self.frameBytes + LogRecord.leastBytes <= bytes.count {
        defer { offset += 1 }
        guard LogRecord.kinds.contains(bytes[offset + Self.frameBytes]) else { continue }
        let length = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        let from = start + Int64(offset)
        guard Int64(length) <= end - from - Int64(Self.frameBytes) else { continue }
        let head = UnsafeRawBufferPointer(rebasing: bytes[(offset + Self.frameBytes)...].prefix(LogRecord.leastBytes))
        guard let rows = LogRecord.rows(ofPayload: head, byteCount: Int(length), dimension: dimension) else { continue }
        let check = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
        return (offset, Record(bytes: from..<from + Int64(Self.frameBytes) + Int64(length), rows: rows), check)
      }
      return nil
    }
  }

  /// Whether the check of a possible record is correct. - Complexity: O(log n + `remainderBytes`) for n bytes.
  private mutating func isValid(_ record: Record, check: UInt32) throws(WriteAheadLogError) -> Bool {
    let first = record.bytes.lowerBound + Int64(Self.frameBytes)
    let byteCount = Int(record.bytes.upperBound - first)
    var crc = Self.check(ofLength: UInt32(byteCount))
    crc.update(
      between: try remainder(upTo: first), and: try remainder(upTo: record.bytes.upperBound), byteCount: byteCount)
    return crc.value == check
  }

  /// The CRC remainder of all bytes from `remaindersFrom` up to a place.
  private mutating func remainder(upTo place: Int64) throws(WriteAheadLogError) -> UInt32 {
    if remainders.isEmpty || place < remaindersFrom { try findRemainders(from: place) }
    let number = Int((place - remaindersFrom) / Int64(Self.remainderBytes))
    let known = remaindersFrom + Int64(number * Self.remainderBytes)
    var crc = CRC32C(register: remainders[number])
    try file.read(Int(place - known), at: known).withUnsafeBytes { crc.update($0) }
    return crc.register
  }

  private mutating func findRemainders(from start: Int64) throws(WriteAheadLogError) {
    var crc = CRC32C(register: 0)
    (remainders, remaindersFrom) = ([crc.register], start)
    var next = start
    while next < end {
      let window = try file.read(Int(min(Int64(Self.windowBytes), end - next)), at: next)
      guard !window.isEmpty else { return }
      window.withUnsafeBytes { bytes in
        for part in stride(from: 0, to: bytes.count, by: Self.remainderBytes) {
          crc.update(UnsafeRawBufferPointer(rebasing: bytes[part..<min(part + Self.remainderBytes, bytes.count)]))
          remainders.append(crc.register)
        }
      }
      next += Int64(window.count)
    }
  }

  /// The check of a record with this payload.
  static func check(_ length: UInt32, of payload: UnsafeRawBufferPointer) -> UInt32 {
    var crc = check(ofLength: length)
    crc.update(payload)
    return crc.value
  }

  private static func check(ofLength length: UInt32) -> CRC32C {
    var crc = CRC32C()
    withUnsafeBytes(of: length.littleEndian) { crc.update($0) }
    return crc
  }
}
