import Testing

@testable import OrderedStore

@Suite struct XXH64Tests {
  private func hash(_ bytes: [UInt8], seed: UInt64 = 0) -> UInt64 {
    bytes.withUnsafeBytes { XXH64.hash($0, seed: seed) }
  }

  /// Made with the reference implementation, xxHash 0.8.1.
  @Test func theReferenceValuesComeOut() {
    #expect(hash([]) == 0xEF46_DB37_51D8_E999)
    #expect(hash("abc".key) == 0x44BC_2CF5_AD77_0999)
    #expect(hash("Nobody inspects the spammish repetition".key) == 0xFBCE_A83C_8A37_8BF1)
    let bytes = (0..<222).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let expected: [(count: Int, plain: UInt64, seeded: UInt64)] = [
      (1, 0xE934_A84A_DB05_2768, 0x5014_6076_43A9_B4C3), (4, 0xAE5A_CDC0_0A55_AC41, 0xBA4A_2450_C7E2_C0A9),
      (14, 0x8B3C_6F96_512C_86A1, 0x1037_0EAD_B9F7_96DB), (31, 0x0F18_7C62_B1E7_22B7, 0xA2BA_2580_312F_0F94),
      (32, 0x91B0_CB09_31A8_C629, 0xBA49_4510_1354_E701), (222, 0x5772_2272_69F0_E2D8, 0xCEDA_0B56_DB0E_8E60),
    ]
    for (count, plain, seeded) in expected {
      #expect(hash(Array(bytes[..<count])) == plain, "\(count) bytes")
      #expect(hash(Array(bytes[..<count]), seed: 2_654_435_761) == seeded, "\(count) bytes")
    }
  }

  @Test func everyBitCountsAtEveryLength() {
    for count in [1, 3, 4, 7, 8, 15, 31, 32, 33, 40, 63, 64, 100] {
      var bytes = (0..<count).map { UInt8($0) }
      var seen: Set = [hash(bytes)]
      for bit in 0..<count * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8)
        #expect(seen.insert(hash(bytes)).inserted, "bit \(bit) of \(count) bytes")
        bytes[bit / 8] ^= 1 << (bit % 8)
      }
    }
  }
}
