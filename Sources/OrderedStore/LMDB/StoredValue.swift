internal import CXXHash

/// A value as an LMDB store keeps it: 4 bytes of a checksum over key and value, then the value.
///
/// LMDB has no checksums. This one, XXH64, costs, the first time that a reader asks for the value, one pass over it; who keeps the
/// address pays no more. LMDB gives values from 2 048 bytes on pages of their own, in which they begin at byte 16: in
/// front of those are 44 zeros more, so that they are aligned to 64.
enum StoredValue {
  private static let (checksumBytes, largeHeadBytes, largeFrom) = (4, 48, 2_048)
  /// LMDB keeps sizes in 32 bits.
  static let maximumBytes = 0xFFFF_FFFF - largeHeadBytes

  /// How many bytes a value takes.
  static func storedBytes(_ count: Int) -> Int { count + (count < largeFrom ? checksumBytes : largeHeadBytes) }

  /// The bytes of a value as they are; nil when no value takes so many.
  static func bytes(of stored: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    let head = stored.count < largeFrom + checksumBytes ? checksumBytes : largeHeadBytes
    guard stored.count >= head, head == checksumBytes || stored.count >= largeFrom + head else { return nil }
    return UnsafeRawBufferPointer(rebasing: stored.dropFirst(head))
  }

  /// The bytes of a value; nil when the checksum says that they, or the key, are not what was stored.
  ///
  /// - Parameter keyHash: `hash(ofKey:)`.
  static func open(_ stored: UnsafeRawBufferPointer, keyHash: UInt64) -> UnsafeRawBufferPointer? {
    guard let value = bytes(of: stored) else { return nil }
    let checksum = UInt32(littleEndian: stored.loadUnaligned(as: UInt32.self))
    return checksum == Self.checksum(of: value, keyHash: keyHash) ? value : nil
  }

  /// Lets `fill` write the value, and writes the checksum in front of it.
  static func fill(
    _ stored: UnsafeMutableRawBufferPointer, keyHash: UInt64, _ fill: (UnsafeMutableRawBufferPointer) -> Void
  ) {
    guard let value = bytes(of: UnsafeRawBufferPointer(stored)) else { return }
    fill(UnsafeMutableRawBufferPointer(mutating: value))
    UnsafeMutableRawBufferPointer(rebasing: stored.dropLast(value.count))
      .initializeMemory(as: UInt8.self, repeating: 0)
    stored.storeBytes(of: checksum(of: value, keyHash: keyHash).littleEndian, as: UInt32.self)
  }

  /// The hash of a key: a part of its value's checksum, and of the digest of its table's keys, which is their sum.
  static func hash(ofKey key: UnsafeRawBufferPointer) -> UInt64 { XXH64(key.baseAddress, key.count, 0) }

  private static func checksum(of value: UnsafeRawBufferPointer, keyHash: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: XXH64(value.baseAddress, value.count, keyHash))
  }
}
