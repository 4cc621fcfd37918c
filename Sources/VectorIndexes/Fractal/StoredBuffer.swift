import OrderedStore
import VectorCore

/// The buffer of a leaf in the table `buffers`; the key is the number of the list, big-endian.
///
///     rows: UInt32 | 60 zeros | ids: rows × UInt64 | sequences: rows × UInt64 | vectors: rows × d × Float32
enum StoredBuffer {
  private static let headBytes = 64

  /// Stores a list of vectors without codes; removes the entry if the list is empty.
  static func write(_ list: VectorList, _ number: Int, to transaction: any StoreTransaction) throws(StoreError) {
    let key = PostingLayout.key(UInt32(number))
    guard list.count > 0 else {
      try transaction.remove(key, from: StoredTable.buffers)
      return
    }
    try transaction.put(
      byteCount: headBytes + list.count * (16 + list.format.rowBytes), for: key, in: StoredTable.buffers,
      appending: false
    ) { bytes in
      bytes.initializeMemory(as: UInt8.self, repeating: 0)
      bytes.storeBytes(of: UInt32(list.count), as: UInt32.self)
      var target = bytes.baseAddress! + headBytes
      for numbers in [list.ids, list.sequences] {
        numbers.withUnsafeBytes { target.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        target += 8 * list.count
      }
      target.copyMemory(from: list.row(0), byteCount: list.count * list.format.rowBytes)
    }
  }

  /// The number of stored rows. - Complexity: O(bytes of the list).
  static func rows(_ number: Int, of reader: any StoreReader, place: StorePlace) throws(StoreError) -> Int {
    guard let bytes = try reader.value(for: PostingLayout.key(UInt32(number)), in: StoredTable.buffers) else {
      return 0
    }
    let rows = bytes.count >= headBytes ? Int(bytes.loadUnaligned(as: UInt32.self)) : 0
    guard rows > 0 else { throw corrupted(number, place) }
    return rows
  }

  private static func corrupted(_ number: Int, _ place: StorePlace) -> StoreError {
    place.corrupted(StoredTable.buffers, "the buffer of list \(number)")
  }

  /// Appends the stored rows to an empty list.
  static func read(
    _ number: Int, into list: VectorList, of reader: any StoreReader, place: StorePlace
  ) throws(StoreError) {
    let rows = try rows(number, of: reader, place: place)
    let rowBytes = list.format.rowBytes
    guard rows > 0, let bytes = try reader.value(for: PostingLayout.key(UInt32(number)), in: StoredTable.buffers) else {
      return
    }
    guard bytes.count == headBytes + rows * (16 + rowBytes) else { throw corrupted(number, place) }
    func word(_ index: Int) -> UInt64 {
      bytes.loadUnaligned(fromByteOffset: headBytes + 8 * index, as: UInt64.self)
    }
    let vectors = Shared((bytes.baseAddress! + headBytes + 16 * rows).assumingMemoryBound(to: UInt8.self))
    list.append(ids: (0..<rows).map(word), sequences: (rows..<2 * rows).map(word), threads: 1) { row, target in
      target.copyMemory(from: vectors.pointer + row * rowBytes, byteCount: rowBytes)
    }
  }
}
