/// The 64-bit hash XXH64, for checksums: 10 GB/s without instructions that only some processors have.
///
/// Source: xxHash fast digest algorithm, version 0.1.1, https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md.
enum XXH64 {
  private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
  private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
  private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
  private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
  private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5

  /// - Complexity: O(bytes).
  static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
    guard var place = bytes.baseAddress else { return avalanche(seed &+ prime5) }
    let end = place + bytes.count
    var hash = seed &+ prime5
    if bytes.count >= 32 {
      var (a, b, c, d) = (seed &+ prime1 &+ prime2, seed &+ prime2, seed, seed &- prime1)
      while end - place >= 32 {
        a = round(a, word(place))
        b = round(b, word(place + 8))
        c = round(c, word(place + 16))
        d = round(d, word(place + 24))
        place += 32
      }
      hash = rotate(a, 1) &+ rotate(b, 7) &+ rotate(c, 12) &+ rotate(d, 18)
      hash = merge(merge(merge(merge(hash, a), b), c), d)
    }
    hash &+= UInt64(bytes.count)
    while end - place >= 8 {
      hash = rotate(hash ^ round(0, word(place)), 27) &* prime1 &+ prime4
      place += 8
    }
    if end - place >= 4 {
      let half = UInt32(littleEndian: place.loadUnaligned(as: UInt32.self))
      hash = rotate(hash ^ UInt64(half) &* prime1, 23) &* prime2 &+ prime3
      place += 4
    }
    while place < end {
      hash = rotate(hash ^ UInt64(place.load(as: UInt8.self)) &* prime5, 11) &* prime1
      place += 1
    }
    return avalanche(hash)
  }

  @inline(__always)
  private static func word(_ place: UnsafeRawPointer) -> UInt64 {
    UInt64(littleEndian: place.loadUnaligned(as: UInt64.self))
  }

  @inline(__always)
  private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
    rotate(lane &+ input &* prime2, 31) &* prime1
  }

  @inline(__always)
  private static func merge(_ hash: UInt64, _ lane: UInt64) -> UInt64 {
    (hash ^ round(0, lane)) &* prime1 &+ prime4
  }

  @inline(__always)
  private static func avalanche(_ hash: UInt64) -> UInt64 {
    var hash = (hash ^ hash &>> 33) &* prime2
    hash = (hash ^ hash &>> 29) &* prime3
    return hash ^ hash &>> 32
  }

  @inline(__always)
  private static func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 { value &<< bits | value &>> (64 &- bits) }
}
