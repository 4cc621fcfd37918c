internal import CXXHash

/// A value as stored in LMDB: a checksum of 4 bytes over key and value, then the value.
///
/// LMDB has no checksums. This one is XXH64; it costs one pass over the value at its first reading, and nothing more
/// for a reader that keeps the address. LMDB stores values from 2 048 bytes on in separate pages, where they begin at
/// byte 16. Before such a value there are 44 more zeros, so that it is aligned to 64 bytes.
enum StoredValue {
  private static let (checksumBytes, largeHeadBytes, largeFrom) = (4, 48, 2_048)
  /// LMDB stores sizes in 32 bits.
  static let maximumBytes = 0xFFFF_FFFF - largeHeadBytes

  /// The number of bytes that a value takes in LMDB.
  static func storedBytes(_ count: Int) -> Int { count + (count < largeFrom ? checksumBytes : largeHeadBytes) }

  /// The value in stored bytes, unchecked; `nil` for an impossible length.
  static func bytes(of stored: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    let head = stored.count < largeFrom + checksumBytes ? checksumBytes : largeHeadBytes
    guard stored.count >= head, head == checksumBytes || stored.count >= largeFrom + head else { return nil }
    return UnsafeRawBufferPointer(rebasing: stored.dropFirst(head))
  }

  /// The value in stored bytes; `nil` if the checksum does not match value and key.
  ///
  /// - Parameter keyHash: `hash(ofKey:)`.
  static func open(_ stored: UnsafeRawBufferPointer, keyHash: UInt64) -> UnsafeRawBufferPointer? {
    guard let value = bytes(of: stored) else { return nil }
    let checksum = UInt32(littleEndian: stored.loadUnaligned(as: UInt32.self))
    return checksum == Self.checksum(of: value, keyHash: keyHash) ? value : nil
  }

  /// Calls `fill` to write the value, and writes the checksum before it.
  static func fill(
    _ stored: UnsafeMutableRawBufferPointer, keyHash: UInt64, _ fill: (UnsafeMutableRawBufferPointer) -> Void
  ) {
    guard let value = bytes(of: UnsafeRawBufferPointer(stored)) else { return }
    fill(UnsafeMutableRawBufferPointer(mutating: value))
    UnsafeMutableRawBufferPointer(rebasing: stored.dropLast(value.count))
      .initializeMemory(as: UInt8.self, repeating: 0)
    stored.storeBytes(of: checksum(of: value, keyHash: keyHash).littleEndian, as: UInt32.self)
  }

  /// The hash of a key. It is part of the checksum of the value, and the digest of a table's keys is the sum of the
  /// hashes.
  static func hash(ofKey key: UnsafeRawBufferPointer) -> UInt64 { XXH64(key.baseAddress, key.count, 0) }

  private static func checksum(of value: UnsafeRawBufferPointer, keyHash: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: XXH64(value.baseAddress, value.count, keyHash))
  }
}
