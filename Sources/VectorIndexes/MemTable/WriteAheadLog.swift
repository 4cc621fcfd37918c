import Foundation
import VectorCore

/// A file to which each write is appended before it is acknowledged, so that a crash loses no acknowledged write.
///
/// Written here because an LMDB transaction for each write would rewrite whole chunks of codes and vectors.
///
/// Layout, little-endian: a header of 24 bytes (`RBKWLOG` and the version, the dimension, the identity of the base, and
/// the CRC-32C of these), then records (length of the payload, CRC-32C of length and payload, payload; see
/// `LogRecord`).
///
/// A crash may leave an incomplete last record; opening the log truncates bytes that no valid record follows. If a
/// valid record follows damaged bytes, opening refuses the file, because acknowledged records would be lost; `salvage`
/// keeps them.
public struct WriteAheadLog: ~Copyable {
  /// When a record survives a crash of the machine; a crash of the process loses no record.
  public enum Sync: Sendable, Equatable {
    /// Records are written to the disk before the write is acknowledged.
    case always
    /// Records are written to the disk with the first write after this time.
    case interval(Duration)
    /// The operating system decides when records are written to the disk.
    case never
  }

  static let version: UInt8 = 2
  private static let magic = Array("RBKWLOG".utf8) + [version]
  static let headerBytes = 24
  private static let mostRecordBytes = Int(UInt32.max)

  public let path: String
  private let base: LoggedBase
  private let sync: Sync
  private let file: LogFile
  private var end = Int64(headerBytes)
  /// For each record in order, the number after its last row and the offset after its last byte.
  private var ends: [(row: UInt64, byte: Int64)] = []
  private var lastSync = ContinuousClock.now
  private var isBroken = false
  private var buffer: [UInt8] = []

  /// Opens the log at `path`, or makes an empty one; truncates what follows the last complete record.
  ///
  /// - Parameters:
  ///   - base: the base of the log.
  ///   - flush: writes a file to the disk, as `fsync` does.
  /// - Throws: `WriteAheadLogError.damaged` if a valid record follows damaged bytes; other cases for a file that cannot
  ///   be opened or is no log. The file is then unchanged.
  /// - Complexity: O(bytes).
  static func open(
    _ path: String, over base: LoggedBase, sync: Sync, flush: @escaping LogFile.Flush = { fsync($0) }
  ) throws(WriteAheadLogError) -> WriteAheadLog {
    let file = try LogFile.open(path, flush: flush)
    var log = WriteAheadLog(path: path, base: base, sync: sync, file: file)
    var scanner = try LogScanner(file, path: path, dimension: base.dimension)
    switch try header(of: scanner, over: base) {
    case .none: try log.begin()
    case .valid: try log.findRecords(&scanner)
    case .other:
      guard let next = try scanner.firstRecord(from: 1) else { throw .notALog(path: path) }
      throw .damaged(path: path, record: 0, offset: 0, next: Int(next.bytes.lowerBound))
    }
    return log
  }

  private init(path: String, base: LoggedBase, sync: Sync, file: LogFile) {
    self.path = path
    self.base = base
    self.sync = sync
    self.file = file
  }

  /// The state of the beginning of a file.
  enum Header {
    /// A valid header of a log over this base.
    case valid
    /// Nothing, or the remains of a log whose creation was interrupted by a crash.
    case none
    /// Something else, or a damaged header.
    case other
  }

  /// Reads the header of a file.
  ///
  /// - Throws: `WriteAheadLogError.dimensionMismatch` or `.otherBase` for the log of another base; `.system`.
  static func header(of scanner: LogScanner, over base: LoggedBase) throws(WriteAheadLogError) -> Header {
    let header = makeHeader(base)
    let start = try scanner.file.read(headerBytes, at: 0)
    if start == header { return .valid }
    let isInPart = start.count < headerBytes && header.starts(with: start)
    if isInPart || (scanner.end <= Int64(headerBytes) && start.allSatisfy { $0 == 0 }) { return .none }
    guard let other = Self.base(ofHeader: start) else { return .other }
    throw other.dimension == base.dimension
      ? .otherBase(path: scanner.path)
      : .dimensionMismatch(path: scanner.path, expected: base.dimension, got: other.dimension)
  }

  /// The base that a whole header of this version names; `nil` for anything else.
  static func base(ofHeader header: [UInt8]) -> LoggedBase? {
    let reader = LogReader(header, from: magic.count)
    guard let dimension = reader.uint32().map(Int.init), let identity = reader.uint64() else { return nil }
    let base = LoggedBase(dimension: dimension, identity: identity)
    return header == makeHeader(base) ? base : nil
  }

  /// Whether bytes begin as a log of any version does.
  static func isLog(_ start: [UInt8]) -> Bool { start.starts(with: magic.dropLast()) }

  private func begin() throws(WriteAheadLogError) {
    try file.write(Self.makeHeader(base), at: 0)
    try file.flush()
    try file.flushName()
  }

  private mutating func findRecords(_ scanner: inout LogScanner) throws(WriteAheadLogError) {
    while let record = try scanner.record(at: end) {
      end = record.bytes.upperBound
      ends.append((record.rows.upperBound, end))
    }
    guard scanner.end > end else { return }
    try scanner.checkTail(at: end, records: ends.count)
    try file.cut(to: end)
  }

  /// The size of the log in bytes.
  public var byteCount: Int { Int(end) }

  /// Appends a record. It is in the file when the call returns, and on the disk as `sync` specifies.
  ///
  /// - Throws: `WriteAheadLogError`; the log is then unchanged, or refuses all further records.
  /// - Complexity: O(bytes).
  mutating func append(_ record: LogRecord) throws(WriteAheadLogError) {
    guard !isBroken else { throw .broken(path: path) }
    guard record.byteCount <= Self.mostRecordBytes else {
      throw .recordTooLarge(path: path, bytes: record.byteCount, most: Self.mostRecordBytes)
    }
    buffer.removeAll(keepingCapacity: true)
    Self.encode(record, into: &buffer)
    do {
      try file.write(buffer, at: end)
    } catch {
      // An incomplete record must not precede the next record.
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
      // It is unknown which part of the file is on the disk.
      isBroken = true
      try? file.cut(to: end)
      throw error
    }
    end += Int64(buffer.count)
    ends.append((record.rows.upperBound, end))
  }

  /// Removes the records whose rows are all below `row`, atomically even in a crash.
  ///
  /// - Throws: `WriteAheadLogError`; the log is then unchanged, or refuses all further records.
  /// - Complexity: O(bytes kept).
  mutating func removeRecords(before row: UInt64) throws(WriteAheadLogError) {
    guard !isBroken else { throw .broken(path: path) }
    let removed = ends.prefix { $0.row <= row }.count
    guard removed > 0 else { return }
    let start = ends[removed - 1].byte
    let moved = start - Int64(Self.headerBytes)
    try file.replaceContents(by: [.bytes(Self.makeHeader(base)), .copy(start..<end)])
    end -= moved
    ends.removeFirst(removed)
    for index in ends.indices { ends[index].byte -= moved }
    do {
      try file.flushName()
    } catch {
      // A crash may restore the old file, without the records appended from now on.
      isBroken = true
      throw error
    }
  }

  // MARK: Reading

  /// The position of a reader of all records.
  struct Cursor {
    fileprivate var next: Int64
  }

  /// A reader at the first record.
  func records() -> Cursor { Cursor(next: Int64(Self.headerBytes)) }

  /// The next record; `nil` after the last one. - Throws: `WriteAheadLogError` for a file that cannot be read.
  func next(_ cursor: inout Cursor) throws(WriteAheadLogError) -> LogRecord? {
    guard cursor.next < end else { return nil }
    let scanner = try LogScanner(file, path: path, dimension: base.dimension)
    guard let payload = try scanner.payload(at: cursor.next),
      let record = LogRecord(decoding: payload, dimension: base.dimension)
    else { throw .notALog(path: path) }
    cursor.next += Int64(LogScanner.frameBytes + payload.count)
    return record
  }

  /// Appends the bytes of a record as they are in the file.
  static func encode(_ record: LogRecord, into bytes: inout [UInt8]) {
    let start = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: LogScanner.frameBytes))
    record.encode(into: &bytes)
    bytes.withUnsafeMutableBytes { bytes in
      let payload = UnsafeRawBufferPointer(rebasing: bytes[(start + LogScanner.frameBytes)...])
      let length = UInt32(payload.count)
      let check = LogScanner.check(length, of: payload)
      bytes.storeBytes(of: length.littleEndian, toByteOffset: start, as: UInt32.self)
      bytes.storeBytes(of: check.littleEndian, toByteOffset: start + 4, as: UInt32.self)
    }
  }

  static func makeHeader(_ base: LoggedBase) -> [UInt8] {
    var header = magic
    header.append(littleEndian: UInt32(base.dimension))
    header.append(littleEndian: base.identity)
    var crc = CRC32C()
    header.withUnsafeBytes { crc.update($0) }
    header.append(littleEndian: crc.value)
    return header
  }

  private mutating func flush() throws(WriteAheadLogError) {
    try file.flush()
    lastSync = .now
  }
}
