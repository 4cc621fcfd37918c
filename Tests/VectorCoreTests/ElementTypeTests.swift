import Testing

@testable import VectorCore

struct ElementTypeTests {
  @Test(arguments: [
    (UInt16(0x0000), Float(0)), (0x3C00, 1), (0xC000, -2), (0x7BFF, 65_504), (0x0400, 0x1p-14), (0x0001, 0x1p-24),
    (0x83FF, -0x1.FF8p-15), (0x7C00, .infinity), (0xFC00, -.infinity), (0x3555, 0.333_251_953_125),
  ])
  func halvesAreExact(_ bits: UInt16, _ value: Float) {
    #expect(Float(halfBits: bits) == value)
  }

  @Test func halfNaNsStayNaN() {
    #expect(Float(halfBits: 0x7C01).isNaN && Float(halfBits: 0xFE00).isNaN)
    #expect(Float(halfBits: 0x8000).sign == .minus)
  }

  /// Little-endian bytes of some values, and the floats that they are.
  @Test(arguments: [
    (ElementType.uint8, [0, 255], [Float(0), 255]), (.int8, [0x7F, 0x80], [127, -128]), (.bool, [0, 1], [0, 1]),
    (.uint16, [0xFF, 0xFF], [65_535]), (.int16, [0, 0x80], [-32_768]), (.int32, [0xFF, 0xFF, 0xFF, 0xFF], [-1]),
    (.uint32, [0, 0, 0, 0x80], [0x1p31]), (.int64, [0, 0, 0, 0, 0, 0, 0, 0x80], [-0x1p63]),
    (.uint64, [0, 0, 0, 0, 0, 0, 0, 0x80], [0x1p63]), (.float16, [0, 0x3C, 0, 0xC0], [1, -2]),
    (.float32, [0, 0, 0x80, 0x3F], [1]), (.float64, [0, 0, 0, 0, 0, 0, 0xF8, 0x3F], [1.5]),
  ])
  func elementsBecomeFloatsAtAnyAddress(_ type: ElementType, _ bytes: [UInt8], _ floats: [Float]) {
    #expect(bytes.count == floats.count * type.byteCount)
    for shift in 0..<3 {
      var result = [Float](repeating: .nan, count: floats.count)
      let shifted = [UInt8](repeating: 7, count: shift) + bytes
      shifted.withUnsafeBytes { type.convert($0.baseAddress! + shift, count: floats.count, to: &result) }
      #expect(result == floats)
    }
  }
}
