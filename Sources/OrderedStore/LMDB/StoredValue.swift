/// A value as an LMDB store keeps it: its bytes, and behind them 4 bytes of a checksum over key and value.
///
/// LMDB has no checksums. One for each value costs 4 bytes and, the first time that a reader asks for the value, one pass
/// over it; who keeps the address pays no more.
enum StoredValue {
  static let checksumBytes = 4
  /// LMDB keeps sizes in 32 bits.
  static let maximumBytes = 0xFFFF_FFFF - checksumBytes

  /// The bytes of a value; nil when the checksum says that they, or the key, are not what was stored.
  static func open(_ stored: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard let value = bytes(of: stored) else { return nil }
    let checksum = UInt32(littleEndian: stored.loadUnaligned(fromByteOffset: value.count, as: UInt32.self))
    return checksum == Self.checksum(of: value, key: key) ? value : nil
  }

  /// The bytes of a value as they are; nil when they are too few to have a checksum.
  static func bytes(of stored: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard stored.count >= checksumBytes else { return nil }
    return UnsafeRawBufferPointer(rebasing: stored.dropLast(checksumBytes))
  }

  /// Lets `fill` write the value, and writes the checksum behind it.
  static func fill(
    _ stored: UnsafeMutableRawBufferPointer, key: UnsafeRawBufferPointer,
    _ fill: (UnsafeMutableRawBufferPointer) -> Void
  ) {
    let value = UnsafeMutableRawBufferPointer(rebasing: stored.dropLast(checksumBytes))
    fill(value)
    let checksum = checksum(of: UnsafeRawBufferPointer(value), key: key)
    stored.storeBytes(of: checksum.littleEndian, toByteOffset: value.count, as: UInt32.self)
  }

  private static func checksum(of value: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer) -> UInt32 {
    UInt32(truncatingIfNeeded: XXH64.hash(value, seed: XXH64.hash(key)))
  }
}
