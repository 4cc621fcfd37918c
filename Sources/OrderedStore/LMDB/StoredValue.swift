/// A value as an LMDB store keeps it: with checksums, which LMDB has none of.
///
/// - Up to 2 047 bytes: the value, then 4 bytes of a checksum over key and value.
/// - From 2 048 on: 4 bytes of a checksum of the key, 44 zeros, the value, and 4 bytes of the same checksum over both.
///   LMDB gives it pages of its own, in which it then begins at byte 64.
///
/// A checksum costs, the first time that a reader asks for the value, one pass over it; who keeps the address pays no
/// more. That of a key is read when the file is opened, where the value itself would be too much.
enum StoredValue {
  private static let checksumBytes = 4
  private static let (largeFrom, headBytes) = (2_048, 48)
  /// LMDB keeps sizes in 32 bits.
  static let maximumBytes = 0xFFFF_FFFF - headBytes - checksumBytes

  /// How many bytes a value takes.
  static func storedBytes(_ count: Int) -> Int { count + checksumBytes + (count < largeFrom ? 0 : headBytes) }

  /// The bytes of a value; nil when the checksum says that they, or the key, are not what was stored.
  static func open(_ stored: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard let value = bytes(of: stored) else { return nil }
    let keyHash = XXH64.hash(key)
    let isWhole = checksum(in: stored, at: stored.count - checksumBytes) == short(XXH64.hash(value, seed: keyHash))
    return isWhole && (value.count < largeFrom || checksum(in: stored, at: 0) == short(keyHash)) ? value : nil
  }

  /// The bytes of a value as they are; nil when no value takes so many.
  static func bytes(of stored: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    let head = stored.count < largeFrom + checksumBytes ? 0 : headBytes
    let count = stored.count - head - checksumBytes
    guard count >= (head == 0 ? 0 : largeFrom) else { return nil }
    return UnsafeRawBufferPointer(rebasing: stored[head..<head + count])
  }

  /// Whether a value belongs to its key, as far as can be told without reading all of a large value.
  static func belongs(_ stored: UnsafeRawBufferPointer, to key: UnsafeRawBufferPointer) -> Bool {
    guard let value = bytes(of: stored), value.count >= largeFrom else { return open(stored, key: key) != nil }
    return checksum(in: stored, at: 0) == short(XXH64.hash(key))
  }

  /// Lets `fill` write the value, and writes the checksums around it.
  static func fill(
    _ stored: UnsafeMutableRawBufferPointer, key: UnsafeRawBufferPointer,
    _ fill: (UnsafeMutableRawBufferPointer) -> Void
  ) {
    guard let value = bytes(of: UnsafeRawBufferPointer(stored)) else { return }
    fill(UnsafeMutableRawBufferPointer(mutating: value))
    let keyHash = XXH64.hash(key)
    if value.count >= largeFrom {
      UnsafeMutableRawBufferPointer(rebasing: stored[..<headBytes]).initializeMemory(as: UInt8.self, repeating: 0)
      stored.storeBytes(of: short(keyHash).littleEndian, as: UInt32.self)
    }
    let checksum = short(XXH64.hash(value, seed: keyHash))
    stored.storeBytes(of: checksum.littleEndian, toByteOffset: stored.count - checksumBytes, as: UInt32.self)
  }

  private static func checksum(in stored: UnsafeRawBufferPointer, at offset: Int) -> UInt32 {
    UInt32(littleEndian: stored.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  private static func short(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash) }
}
