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
  private let file: Int32
  private var end: Int64 = 0
  private var lastSync = ContinuousClock.now
  private var isBroken = false
  private var buffer: [UInt8] = []

  /// Opens the log at `path`, or makes an empty one; what follows the last whole record is cut off.
  ///
  /// - Parameter dimension: components of every vector.
  /// - Throws: `WriteAheadLogError` for a file that can't be opened or is something else.
  public init(path: String, dimension: Int, sync: Sync) throws(WriteAheadLogError) {
    self.path = path
    self.dimension = dimension
    self.sync = sync
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw .system(path: path, action: "open the log", code: errno) }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else { throw .inUse(path: path) }
    let bytes = try contents()
    let header = makeHeader()
    // A header in part is what a crash leaves of a log just made.
    guard bytes.count >= Self.headerBytes else {
      guard header.starts(with: bytes) else { throw .notALog(path: path) }
      try write(header, at: 0)
      try flush()
      return
    }
    guard bytes.prefix(Self.magic.count) == Self.magic[...] else { throw .notALog(path: path) }
    guard bytes.prefix(Self.headerBytes) == header[...] else {
      let got = Int(LogReader(bytes, from: Self.magic.count).uint32() ?? 0)
      throw got == dimension ? .notALog(path: path) : .dimensionMismatch(path: path, expected: dimension, got: got)
    }
    var last = Self.headerBytes
    forEachFrame(of: bytes) { frame in last = frame.upperBound }
    end = Int64(last)
    if end < bytes.count { try cut() }
  }

  deinit {
    guard file >= 0 else { return }
    // A child that was just forked holds the file open for a moment: the lock must not last as long.
    flock(file, LOCK_UN)
    close(file)
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
      let check = Self.check(bytes)
      bytes.storeBytes(of: check.littleEndian, toByteOffset: 4, as: UInt32.self)
    }
    let before = end
    do {
      try write(buffer, at: end)
      switch sync {
      case .always: try flush()
      case .interval(let interval): if ContinuousClock.now - lastSync >= interval { try flush() }
      case .never: break
      }
    } catch {
      // What may be there in part must not stand before the next record.
      end = before
      isBroken = (try? cut()) == nil || isFlushFailure(error)
      throw error
    }
  }

  /// All records, in order. - Throws: `WriteAheadLogError` for a file that can't be read.
  func records() throws(WriteAheadLogError) -> [LogRecord] {
    let bytes = try contents()
    var records: [LogRecord] = []
    forEachFrame(of: bytes) { frame in
      if let record = LogRecord(decoding: bytes, in: frame, dimension: dimension) { records.append(record) }
    }
    return records
  }
}

// MARK: - The file

extension WriteAheadLog {
  private func makeHeader() -> [UInt8] {
    var header = Self.magic
    header.append(littleEndian: UInt32(dimension))
    var crc = CRC32C()
    header.withUnsafeBytes { crc.update($0) }
    header.append(littleEndian: crc.value)
    return header
  }

  /// Of a record with its frame: the check of all but the check.
  private static func check(_ bytes: UnsafeMutableRawBufferPointer) -> UInt32 {
    check(UnsafeRawBufferPointer(bytes))
  }

  private static func check(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var crc = CRC32C()
    crc.update(UnsafeRawBufferPointer(rebasing: bytes[..<4]))
    crc.update(UnsafeRawBufferPointer(rebasing: bytes[frameBytes...]))
    return crc.value
  }

  /// The payloads of all whole records, up to the first that is not.
  private func forEachFrame(of bytes: [UInt8], _ body: (Range<Int>) -> Void) {
    var next = Self.headerBytes
    while next + Self.frameBytes <= bytes.count {
      let reader = LogReader(bytes, from: next)
      guard let length = reader.uint32(), let check = reader.uint32() else { return }
      let payload = next + Self.frameBytes..<next + Self.frameBytes + Int(length)
      guard payload.upperBound <= bytes.count else { return }
      let found = bytes.withUnsafeBytes { Self.check(UnsafeRawBufferPointer(rebasing: $0[next..<payload.upperBound])) }
      guard found == check else { return }
      body(payload)
      next = payload.upperBound
    }
  }

  private func contents() throws(WriteAheadLogError) -> [UInt8] {
    let size = lseek(file, 0, SEEK_END)
    guard size >= 0 else { throw .system(path: path, action: "read the log", code: errno) }
    var bytes = [UInt8](repeating: 0, count: Int(size))
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeMutableBytes { pread(file, $0.baseAddress! + done, $0.count - done, off_t(done)) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .system(path: path, action: "read the log", code: errno) }
      if count == 0 { break }
      done += count
    }
    return Array(bytes.prefix(done))
  }

  private mutating func write(_ bytes: [UInt8], at start: Int64) throws(WriteAheadLogError) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        pwrite(file, $0.baseAddress! + done, $0.count - done, off_t(start) + off_t(done))
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .system(path: path, action: "write to the log", code: errno) }
      done += count
    }
    end = start + Int64(bytes.count)
  }

  private mutating func flush() throws(WriteAheadLogError) {
    guard fsync(file) == 0 else { throw .system(path: path, action: Self.flushing, code: errno) }
    lastSync = .now
  }

  private static var flushing: String { "bring the log to the disk" }

  /// After this nobody knows what of the file is on the disk.
  private func isFlushFailure(_ error: WriteAheadLogError) -> Bool {
    if case .system(_, Self.flushing, _) = error { true } else { false }
  }

  /// Cuts off what stands after the end.
  private func cut() throws(WriteAheadLogError) {
    guard ftruncate(file, off_t(end)) == 0 else { throw .system(path: path, action: "cut the log", code: errno) }
  }
}
