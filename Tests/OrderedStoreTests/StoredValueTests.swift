import Testing

@testable import OrderedStore

@Suite struct StoredValueTests {
  /// What files hold: XXH64 with seed 0, https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md.
  @Test func theHashOfAKeyIsXXH64() {
    func hash(_ key: String) -> UInt64 { Array(key.utf8).withUnsafeBytes { StoredValue.hash(ofKey: $0) } }
    #expect(hash("") == 0xEF46_DB37_51D8_E999)
    #expect(hash("abc") == 0x44BC_2CF5_AD77_0999)
  }

  /// The stored checksum is that of the value seeded by the key's hash.
  @Test func aValueOpensWithItsOwnKeyAlone() {
    let value: [UInt8] = [1, 2, 3, 4, 5]
    var stored = [UInt8](repeating: 0, count: StoredValue.storedBytes(value.count))
    stored.withUnsafeMutableBytes { StoredValue.fill($0, keyHash: 7) { $0.copyBytes(from: value) } }
    #expect(stored.withUnsafeBytes { StoredValue.open($0, keyHash: 7).map(Array.init) } == value)
    #expect(stored.withUnsafeBytes { StoredValue.open($0, keyHash: 8) } == nil)
    for bit in 0..<stored.count * 8 {
      stored[bit / 8] ^= 1 << (bit % 8)
      #expect(stored.withUnsafeBytes { StoredValue.open($0, keyHash: 7) } == nil, "bit \(bit)")
      stored[bit / 8] ^= 1 << (bit % 8)
    }
  }
}
