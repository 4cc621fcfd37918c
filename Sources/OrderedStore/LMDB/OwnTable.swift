/// The table in which a store describes itself, and the keys of its tables.
///
/// - `identity`: the store's format and the application's version, 4 bytes each, and the application's name.
/// - `table:` and a name: the digest of the table's keys, 8 bytes. Without the digest, a changed key that still keeps
///   the order would make its value disappear without an error.
///
/// Numbers are little-endian.
enum OwnTable {
  /// The version of the store's own format.
  static let format: UInt32 = 1

  static let name = "recallbench-store"
  static let identityKey = Array("identity".utf8)
  private static let tablePrefix = Array("table:".utf8)

  static func identity(of application: StoreApplication) -> [UInt8] {
    bytes(format) + bytes(application.version) + Array(application.name.utf8)
  }

  static func readIdentity(_ stored: UnsafeRawBufferPointer) -> (format: UInt32, application: StoreApplication) {
    let application = StoreApplication(
      name: String(decoding: stored.dropFirst(8), as: UTF8.self), version: number(stored.dropFirst(4)) ?? 0)
    return (number(stored[...]) ?? 0, application)
  }

  /// The key of a table's digest.
  static func key(ofTable name: String) -> [UInt8] { tablePrefix + Array(name.utf8) }

  static func digest(_ value: UInt64) -> [UInt8] { bytes(value) }

  static func readDigest(_ stored: UnsafeRawBufferPointer) -> UInt64? { number(stored[...]) }

  /// The table whose digest is stored under this key.
  static func table(ofKey key: UnsafeRawBufferPointer) -> String? {
    guard key.starts(with: tablePrefix) else { return nil }
    return String(decoding: key.dropFirst(tablePrefix.count), as: UTF8.self)
  }

  private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }

  private static func number<Number: FixedWidthInteger>(_ stored: Slice<UnsafeRawBufferPointer>) -> Number? {
    guard stored.count >= MemoryLayout<Number>.size else { return nil }
    return Number(littleEndian: UnsafeRawBufferPointer(rebasing: stored).loadUnaligned(as: Number.self))
  }
}
