/// A sorted table of chunks with at most 256 entries; copies of the table share chunks until they change.
///
/// Written here because Swift's standard library has no sorted dictionary.
struct MemoryTable {
  struct Entry {
    let key: MemoryBytes
    let value: MemoryBytes
  }

  private static let chunkLimit = 256
  /// No chunk is empty.
  private var chunks: [[Entry]] = []
  private(set) var count = 0

  /// The entry of a key. - Complexity: O(log n).
  subscript(key: [UInt8]) -> Entry? {
    let place = place(of: key)
    return place.isThere ? chunks[place.chunk][place.offset] : nil
  }

  var last: Entry? { chunks.last?.last }

  /// The first entry within the bound, in the direction of the scan. - Complexity: O(log n).
  func first(_ bound: KeyRange.Bound, _ direction: ScanDirection) -> Entry? {
    let (key, includesKey): ([UInt8], Bool)
    switch bound {
    case .unbounded: return direction == .ascending ? chunks.first?.first : last
    case .included(let bytes): (key, includesKey) = (bytes, true)
    case .excluded(let bytes): (key, includesKey) = (bytes, false)
    }
    let place = place(of: key)
    if place.isThere, includesKey { return chunks[place.chunk][place.offset] }
    switch direction {
    case .ascending: return entry(place.chunk, place.offset + (place.isThere ? 1 : 0))
    case .descending: return entry(place.chunk, place.offset - 1)
    }
  }

  /// Stores an entry, replacing one with the same key. - Complexity: O(log n + n/256) in a shared table.
  mutating func put(_ entry: Entry, for key: [UInt8]) {
    let place = place(of: key)
    if place.isThere {
      chunks[place.chunk][place.offset] = entry
      return
    }
    count += 1
    if chunks.isEmpty {
      chunks = [[entry]]
      return
    }
    chunks[place.chunk].insert(entry, at: place.offset)
    if chunks[place.chunk].count > Self.chunkLimit {
      // Entries appended in order leave full chunks behind.
      let isAppended = place.chunk == chunks.count - 1 && place.offset == Self.chunkLimit
      let kept = isAppended ? Self.chunkLimit : Self.chunkLimit / 2
      let moved = Array(chunks[place.chunk][kept...])
      chunks[place.chunk].removeSubrange(kept...)
      chunks.insert(moved, at: place.chunk + 1)
    }
  }

  /// Removes a key; returns false if it does not exist.
  mutating func remove(_ key: [UInt8]) -> Bool {
    let place = place(of: key)
    guard place.isThere else { return false }
    count -= 1
    chunks[place.chunk].remove(at: place.offset)
    if chunks[place.chunk].isEmpty { chunks.remove(at: place.chunk) }
    return true
  }

  /// The entry at an offset, which may lie just outside the chunk.
  private func entry(_ chunk: Int, _ offset: Int) -> Entry? {
    guard chunks.indices.contains(chunk) else { return nil }
    if chunks[chunk].indices.contains(offset) { return chunks[chunk][offset] }
    return offset < 0
      ? (chunk > 0 ? chunks[chunk - 1].last : nil) : (chunk + 1 < chunks.count ? chunks[chunk + 1].first : nil)
  }

  /// The position of a key, or where it would be inserted.
  private func place(of key: [UInt8]) -> (chunk: Int, offset: Int, isThere: Bool) {
    // The last chunk whose first key is not after this key.
    let chunk = max(0, partition(chunks.count) { compareKeys(chunks[$0][0].key.bytes, key) <= 0 } - 1)
    guard chunk < chunks.count else { return (0, 0, false) }
    let offset = partition(chunks[chunk].count) { compareKeys(chunks[chunk][$0].key.bytes, key) < 0 }
    let isThere = offset < chunks[chunk].count && compareKeys(chunks[chunk][offset].key.bytes, key) == 0
    return (chunk, offset, isThere)
  }

  /// The length of the first part of `count` elements, for which the condition is true.
  private func partition(_ count: Int, _ isInFront: (Int) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isInFront(middle) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// Bytes at a fixed address, aligned to 64, until the last reference is released.
final class MemoryBytes: @unchecked Sendable {
  private let base: UnsafeMutableRawPointer
  private let count: Int

  init(byteCount: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) {
    base = .allocate(byteCount: max(byteCount, 1), alignment: 64)
    count = byteCount
    fill(UnsafeMutableRawBufferPointer(start: base, count: byteCount))
  }

  deinit { base.deallocate() }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }
}
