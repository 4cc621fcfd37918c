import Foundation
import VectorCore

/// A file to which each write is added before it is done, so that a crash loses none that was acknowledged.
///
/// Layout, little-endian: a header of 16 bytes (`RBKWLOG` and the version, the dimension, a CRC-32C of these), then
/// records: length of the payload, CRC-32C of length and payload, payload (`LogRecord`). A crash may leave the last
/// record in part; opening cuts it off.
public struct WriteAheadLog: ~Copyable {
  /// When a record is certain to survive a crash of the machine; one of the process it always survives.
  public enum Sync: Sendable, Equatable {
    /// Before the write is acknowledged.
    case always
    /// With the first write after this long.
    case interval(Duration)
    /// When the system sees fit.
    case never
  }

  static let version: UInt8 = 1
  private static let magic = Array("RBKWLOG".utf8) + [version]
  private static let headerBytes = 16
  private static let frameBytes = 8

  public let path: String
  private let dimension: Int
  private let sync: Sync
  private let file: LogFile
  private var end = Int64(headerBytes)
  /// Of each record, in their order, the row after its last and the byte after its last.
  private var ends: [(row: UInt64, byte: Int64)] = []
  private var lastSync = ContinuousClock.now
  private var isBroken = false
  private var buffer: [UInt8] = []

  /// Opens the log at `path`, or makes an empty one; what follows the last whole record is cut off.
  ///
  /// - Parameter dimension: components of every vector.
  /// - Throws: `WriteAheadLogError` for a file that can't be opened or is something else.
  /// - Complexity: O(bytes).
  public static func open(_ path: String, dimension: Int, sync: Sync) throws(WriteAheadLogError) -> WriteAheadLog {
    var log = WriteAheadLog(path: path, dimension: dimension, sync: sync, file: try LogFile.open(path))
    if try log.hasHeader() { try log.findRecords() } else { try log.begin() }
    return log
  }

  private init(path: String, dimension: Int, sync: Sync, file: LogFile) {
    self.path = path
    self.dimension = dimension
    self.sync = sync
    self.file = file
  }

  /// Whether the file is a log of vectors of this dimension; not when it is empty, or a log that was just being made.
  private func hasHeader() throws(WriteAheadLogError) -> Bool {
    let header = Self.makeHeader(dimension: dimension)
    let start = try file.read(Self.headerBytes, at: 0)
    guard start != header else { return true }
    // A header in part is what a crash leaves of a log just made.
    if start.count < Self.headerBytes, header.starts(with: start) { return false }
    guard start.count == Self.headerBytes, start.starts(with: Self.magic),
      let got = LogReader(start, from: Self.magic.count).uint32().map(Int.init), got != dimension
    else { throw .notALog(path: path) }
    throw .dimensionMismatch(path: path, expected: dimension, got: got)
  }

  private func begin() throws(WriteAheadLogError) {
    try file.write(Self.makeHeader(dimension: dimension), at: 0)
    try file.flush()
    try file.flushName()
  }

  private mutating func findRecords() throws(WriteAheadLogError) {
    while let payload = try payload(at: end) {
      guard let rows = LogRecord.rows(decoding: payload) else { throw .notALog(path: path) }
      end += Int64(Self.frameBytes + payload.count)
      ends.append((rows.upperBound, end))
    }
    if try file.byteCount() > end { try file.cut(to: end) }
  }

  /// Bytes of the log.
  public var byteCount: Int { Int(end) }

  /// Adds a record; it is in the file when the call returns, and on the disk as `sync` says.
  ///
  /// - Throws: `WriteAheadLogError`; the log is then as it was, or refuses all further records.
  /// - Complexity: O(bytes).
  mutating func append(_ record: LogRecord) throws(WriteAheadLogError) {
    guard !isBroken else { throw .broken(path: path) }
    buffer.removeAll(keepingCapacity: true)
    buffer.append(contentsOf: repeatElement(0, count: Self.frameBytes))
    record.encode(into: &buffer)
    let length = UInt32(buffer.count - Self.frameBytes)
    buffer.withUnsafeMutableBytes { bytes in
      bytes.storeBytes(of: length.littleEndian, as: UInt32.self)
      let check = Self.check(length, of: UnsafeRawBufferPointer(rebasing: bytes[Self.frameBytes...]))
      bytes.storeBytes(of: check.littleEndian, toByteOffset: 4, as: UInt32.self)
    }
    do {
      try file.write(buffer, at: end)
    } catch {
      // What may be there in part must not stand before the next record.
      isBroken = (try? file.cut(to: end)) == nil
      throw error
    }
    do {
      switch sync {
      case .always: try flush()
      case .interval(let interval): if ContinuousClock.now - lastSync >= interval { try flush() }
      case .never: break
      }
    } catch {
      // Nobody knows what of the file is on the disk.
      isBroken = true
      try? file.cut(to: end)
      throw error
    }
    end += Int64(buffer.count)
    ends.append((record.firstRow + UInt64(record.rowCount), end))
  }

  /// Takes out the records all of whose rows are below `row`: a crash leaves the log with them or without.
  ///
  /// - Throws: `WriteAheadLogError`; the log is then as it was, or refuses all further records.
  /// - Complexity: O(bytes that stay).
  mutating func removeRecords(before row: UInt64) throws(WriteAheadLogError) {
    guard !isBroken else { throw .broken(path: path) }
    let removed = ends.prefix { $0.row <= row }.count
    guard removed > 0 else { return }
    let start = ends[removed - 1].byte
    let header = Self.makeHeader(dimension: dimension)
    let moved = start - Int64(header.count)
    try file.replaceContents(by: header, file.read(Int(end - start), at: start))
    end -= moved
    ends.removeFirst(removed)
    for index in ends.indices { ends[index].byte -= moved }
    do {
      try file.flushName()
    } catch {
      // A crash may bring the old file back, without what would come now.
      isBroken = true
      throw error
    }
  }

  // MARK: Reading

  /// Where a reader of all records stands.
  struct Cursor {
    fileprivate var next: Int64
  }

  /// A reader that begins with the first record.
  func records() -> Cursor { Cursor(next: Int64(Self.headerBytes)) }

  /// The next record; nil behind the last. - Throws: `WriteAheadLogError` for a file that can't be read.
  func next(_ cursor: inout Cursor) throws(WriteAheadLogError) -> LogRecord? {
    guard cursor.next < end, let payload = try payload(at: cursor.next) else { return nil }
    guard let record = LogRecord(decoding: payload, dimension: dimension) else { throw .notALog(path: path) }
    cursor.next += Int64(Self.frameBytes + payload.count)
    return record
  }

  /// The payload of the whole record at a byte; nil where there is none.
  private func payload(at start: Int64) throws(WriteAheadLogError) -> [UInt8]? {
    let frame = try file.read(Self.frameBytes, at: start)
    let reader = LogReader(frame, from: 0)
    guard let length = reader.uint32(), let check = reader.uint32() else { return nil }
    guard Int64(length) <= (try file.byteCount()) - start - Int64(Self.frameBytes) else { return nil }
    let payload = try file.read(Int(length), at: start + Int64(Self.frameBytes))
    let found = payload.withUnsafeBytes { Self.check(length, of: $0) }
    return payload.count == Int(length) && found == check ? payload : nil
  }

  private static func makeHeader(dimension: Int) -> [UInt8] {
    var header = magic
    header.append(littleEndian: UInt32(dimension))
    var crc = CRC32C()
    header.withUnsafeBytes { crc.update($0) }
    header.append(littleEndian: crc.value)
    return header
  }

  private static func check(_ length: UInt32, of payload: UnsafeRawBufferPointer) -> UInt32 {
    var crc = CRC32C()
    withUnsafeBytes(of: length.littleEndian) { crc.update($0) }
    crc.update(payload)
    return crc.value
  }

  private mutating func flush() throws(WriteAheadLogError) {
    try file.flush()
    lastSync = .now
  }
}
