import Foundation

/// Compares keys as `memcmp` does, a prefix first; negative if `left` is first, zero if equal, otherwise positive.
func compareKeys(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
  let common = min(left.count, right.count)
  if common > 0, let a = left.baseAddress, let b = right.baseAddress {
    let order = memcmp(a, b, common)
    if order != 0 { return Int(order) }
  }
  return left.count - right.count
}

func compareKeys(_ left: UnsafeRawBufferPointer, _ right: [UInt8]) -> Int {
  right.withUnsafeBytes { compareKeys(left, $0) }
}

/// The limits of all stores, so that every store refuses the same keys and values.
enum StoreLimits {
  static let keyBytes = 511
  static let tableNameBytes = 255
  static let valueBytes = StoredValue.maximumBytes
  static let tables = 256
  /// The greatest number of snapshots in use at the same time; for a file, in all processes together.
  static let snapshots = 1024

  static func refusal(ofKey key: [UInt8]) -> StoreError.Reason? {
    if key.isEmpty { return .emptyKey }
    return key.count > keyBytes ? .keyTooLong(bytes: key.count, limit: keyBytes) : nil
  }

  static func refusal(ofValueBytes count: Int) -> StoreError.Reason? {
    count > valueBytes ? .valueTooLarge(bytes: count, limit: valueBytes) : nil
  }

  static func refusal(ofTable name: String) -> StoreError.Reason? {
    (1...tableNameBytes).contains(name.utf8.count) && !name.utf8.contains(0) && name != OwnTable.name
      ? nil : .invalidTableName
  }
}
