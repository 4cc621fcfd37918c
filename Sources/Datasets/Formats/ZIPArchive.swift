import Foundation
import Zlib

/// The files in a ZIP file, stored or deflated, which are found by its directory.
///
/// Written here for what numpy writes: a library would be one more dependency for two hundred lines of format.
///
/// Source: APPNOTE.TXT 6.3.10, sections 4.3 to 4.5, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT.
struct ZIPArchive {
  struct Entry: Equatable {
    let name: String
    let isDeflated: Bool
    let crc32: UInt32
    let storedSize: Int
    let size: Int
    /// Where its own header is, before its bytes.
    let header: Int
  }

  let file: FileBytes
  let entries: [Entry]

  init(_ file: FileBytes) throws(TableFault) {
    self.file = file
    let whole = file.bytes
    entries = try Self.entries(of: whole.bytes)
  }

  /// The bytes of an entry: in place where they are stored, else inflated.
  func bytes(of entry: Entry) throws(TableFault) -> (file: FileBytes, range: Range<Int>) {
    let whole = file.bytes
    let first = try Self.start(of: entry, in: whole.bytes)
    guard entry.isDeflated else {
      guard entry.size == entry.storedSize else { throw .damagedArchive("\(entry.name) states two sizes") }
      return (file, first..<first + entry.size)
    }
    // Deflate shrinks by no more than 1032: a larger size is not allocated.
    guard entry.size / 1_100 <= entry.storedSize, entry.size < ProcessInfo.processInfo.physicalMemory else {
      throw .damagedArchive("\(entry.name) claims \(entry.size) bytes")
    }
    let stored = UnsafeRawBufferPointer(rebasing: whole[first..<first + entry.storedSize])
    let inflated = try FileBytes(path: file.path, count: entry.size) { (target) throws(TableFault) in
      if let status = Deflate.inflate(raw: stored, into: target) {
        throw .damagedArchive("\(entry.name) is no whole deflate stream (zlib status \(status))")
      }
    }
    guard Deflate.crc32(inflated.bytes) == entry.crc32 else {
      throw .damagedArchive("the checksum of \(entry.name) is another")
    }
    return (inflated, 0..<entry.size)
  }

  /// Where the bytes of an entry start, behind a header of their own; all of them are in the file.
  private static func start(of entry: Entry, in bytes: RawSpan) throws(TableFault) -> Int {
    guard bytes.integer(at: entry.header, as: UInt32.self) == 0x0403_4B50,
      let name = bytes.integer(at: entry.header + 26, as: UInt16.self),
      let extra = bytes.integer(at: entry.header + 28, as: UInt16.self)
    else { throw .damagedArchive("\(entry.name) is not where the directory says") }
    let first = entry.header + 30 + Int(name) + Int(extra)
    guard first <= bytes.byteCount, entry.storedSize <= bytes.byteCount - first else {
      throw .damagedArchive("\(entry.name) ends behind the file")
    }
    return first
  }

  private static func entries(of bytes: RawSpan) throws(TableFault) -> [Entry] {
    let (count, start) = try directory(of: bytes)
    var entries: [Entry] = []
    var place = start
    for _ in 0..<count {
      guard bytes.integer(at: place, as: UInt32.self) == 0x0201_4B50,
        let flags = bytes.integer(at: place + 8, as: UInt16.self),
        let method = bytes.integer(at: place + 10, as: UInt16.self),
        let crc32 = bytes.integer(at: place + 16, as: UInt32.self),
        let storedSize = bytes.integer(at: place + 20, as: UInt32.self),
        let size = bytes.integer(at: place + 24, as: UInt32.self),
        let nameSize = bytes.integer(at: place + 28, as: UInt16.self),
        let extraSize = bytes.integer(at: place + 30, as: UInt16.self),
        let noteSize = bytes.integer(at: place + 32, as: UInt16.self),
        let header = bytes.integer(at: place + 42, as: UInt32.self)
      else { throw .damagedArchive("its directory ends early") }
      let nameStart = place + 46
      let extraStart = nameStart + Int(nameSize)
      let next = extraStart + Int(extraSize) + Int(noteSize)
      guard next <= bytes.byteCount else { throw .damagedArchive("its directory ends early") }
      let name = String(
        decoding: (nameStart..<extraStart).map { bytes.integer(at: $0, as: UInt8.self) ?? 0 }, as: UTF8.self)
      guard flags & 1 == 0 else { throw .damagedArchive("\(name) is encrypted") }
      guard method == 0 || method == 8 else {
        throw .damagedArchive("\(name) is compressed by method \(method); stored and deflated files are read")
      }
      // Numbers that do not fit are in an extra field, in this order.
      var wide = Self.wideNumbers(of: bytes, in: extraStart..<extraStart + Int(extraSize))
      func number(_ narrow: UInt32) throws(TableFault) -> Int {
        guard narrow == .max else { return Int(narrow) }
        guard !wide.isEmpty, let number = Int(exactly: wide.removeFirst()) else {
          throw .damagedArchive("the size of \(name) is missing")
        }
        return number
      }
      let wholeSize = try number(size)
      let wholeStoredSize = try number(storedSize)
      let wholeHeader = try number(header)
      guard wholeStoredSize <= bytes.byteCount, wholeHeader <= bytes.byteCount else {
        throw .damagedArchive("\(name) ends behind the file")
      }
      entries.append(
        Entry(
          name: name, isDeflated: method == 8, crc32: crc32, storedSize: wholeStoredSize, size: wholeSize,
          header: wholeHeader))
      place = next
    }
    return entries
  }

  /// How many entries the directory has, and where it starts.
  private static func directory(of bytes: RawSpan) throws(TableFault) -> (count: Int, start: Int) {
    // The last record may have a comment behind it, of 65 535 bytes at most.
    var end = bytes.byteCount - 22
    while end >= max(0, bytes.byteCount - 22 - 0xFFFF), bytes.integer(at: end, as: UInt32.self) != 0x0605_4B50 {
      end -= 1
    }
    guard bytes.integer(at: end, as: UInt32.self) == 0x0605_4B50,
      let count = bytes.integer(at: end + 10, as: UInt16.self), let start = bytes.integer(at: end + 16, as: UInt32.self)
    else { throw .damagedArchive("it has no directory at its end") }
    var (wideCount, wideStart) = (UInt64(count), UInt64(start))
    if count == .max || start == .max, bytes.integer(at: end - 20, as: UInt32.self) == 0x0706_4B50,
      let record = bytes.integer(at: end - 12, as: UInt64.self).flatMap({ Int(exactly: $0) }), record < end,
      bytes.integer(at: record, as: UInt32.self) == 0x0606_4B50,
      let entries = bytes.integer(at: record + 32, as: UInt64.self),
      let offset = bytes.integer(at: record + 48, as: UInt64.self)
    {
      (wideCount, wideStart) = (entries, offset)
    }
    // An entry of the directory has 46 bytes at least.
    guard wideStart <= UInt64(end), wideCount <= UInt64(end) / 46 else {
      throw .damagedArchive("its directory ends early")
    }
    return (Int(wideCount), Int(wideStart))
  }

  /// The numbers of the extra field of ZIP64.
  private static func wideNumbers(of bytes: RawSpan, in range: Range<Int>) -> [UInt64] {
    var place = range.lowerBound
    while let tag = bytes.integer(at: place, as: UInt16.self), let size = bytes.integer(at: place + 2, as: UInt16.self),
      place + 4 + Int(size) <= range.upperBound
    {
      if tag == 1 {
        return (0..<Int(size) / 8).compactMap { bytes.integer(at: place + 4 + 8 * $0, as: UInt64.self) }
      }
      place += 4 + Int(size)
    }
    return []
  }
}
