import Testing
import VectorCore

@testable import Datasets

struct ElementTypeExactTests {
  private func bytes<Element: BitwiseCopyable>(_ elements: [Element]) -> [UInt8] {
    elements.withUnsafeBytes { Array($0) }
  }

  @Test(arguments: [ElementType.uint8, .int8, .uint16, .int16, .float16, .bfloat16, .bool])
  func smallTypesWidenWithoutLoss(_ type: ElementType) throws {
    // Every pattern of bits that the type has, NaN excepted: it is not equal to itself.
    let patterns: [UInt8] =
      type == .bool
      ? [0, 1]
      : type.byteCount == 1
        ? Array(0...255)
        : (0...UInt16.max).flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    let widened = try type.converted(patterns, to: .float32)
    let floats = ElementType.float32.floats(widened)
    for (wide, value) in zip(floats, type.floats(patterns)) { #expect(wide == value || (wide.isNaN && value.isNaN)) }
  }

  /// All numbers that they have come back as they were.
  @Test(arguments: [ElementType.float16, .bfloat16])
  func halfFloatsComeBack(_ type: ElementType) throws {
    let patterns = (0...UInt16.max).filter { !type.floats(bytes([$0]))[0].isNaN }
    let widened = try type.converted(bytes(patterns), to: .float32)
    #expect(try ElementType.float32.converted(widened, to: type) == bytes(patterns))
    let nan = try ElementType.float32.converted(bytes([Float.nan]), to: type)
    #expect(type.floats(nan)[0].isNaN)
    // Half of the smallest, and half a unit in the last place more than 1.
    let (smallest, unit): (Float, Float) = type == .float16 ? (0x1p-24, 0x1p-10) : (0x1p-133, 0x1p-7)
    for value in [smallest / 2, 1 + unit / 2, -(1 + unit / 2)] {
      #expect(throws: InexactElement(index: 0, value: "\(Double(value))")) {
        try ElementType.float32.converted(bytes([value]), to: type)
      }
    }
    if type == .float16 {
      #expect(throws: InexactElement.self) { try ElementType.float32.converted(bytes([Float(65_536)]), to: type) }
    }
  }

  @Test func whatFitsIsConverted() throws {
    #expect(try ElementType.float64.converted(bytes([0.5, -3.0]), to: .float32) == bytes([Float(0.5), -3]))
    #expect(try ElementType.float32.converted(bytes([Float(255), 0]), to: .uint8) == [255, 0])
    #expect(try ElementType.float32.converted(bytes([Float(-128)]), to: .int8) == [0x80])
    #expect(try ElementType.int64.converted(bytes([Int64(-1), 1 << 30]), to: .int32) == bytes([Int32(-1), 1 << 30]))
    #expect(try ElementType.int32.converted(bytes([Int32(1 << 24)]), to: .float32) == bytes([Float(1 << 24)]))
    #expect(try ElementType.bool.converted([1, 0], to: .uint8) == [1, 0])
    #expect(try ElementType.uint64.converted(bytes([UInt64.max]), to: .uint64) == bytes([UInt64.max]))
    let nan = try ElementType.float64.converted(bytes([Double.nan]), to: .float32)
    #expect(ElementType.float32.floats(nan)[0].isNaN)
  }

  @Test func whatDoesNotFitIsNamed() {
    func failure<Element: BitwiseCopyable>(
      _ type: ElementType, _ elements: [Element], _ target: ElementType
    ) -> InexactElement? {
      do throws(InexactElement) {
        _ = try type.converted(bytes(elements), to: target)
        return nil
      } catch { return error }
    }
    #expect(failure(.float64, [0.5, 0.1], .float32) == InexactElement(index: 1, value: "0.1"))
    #expect(failure(.float64, [1e300], .float32)?.index == 0)
    #expect(failure(.float32, [Float(0.5)], .uint8)?.value == "0.5")
    #expect(failure(.float32, [Float(1), 256], .uint8)?.index == 1)
    #expect(failure(.float32, [Float(-1)], .uint8)?.index == 0)
    #expect(failure(.float32, [Float.nan], .int8)?.value == "nan")
    #expect(failure(.int32, [Int32(1 << 24) + 1], .float32)?.value == "16777217")
    #expect(failure(.int64, [Int64(1) << 31], .int32)?.index == 0)
    #expect(failure(.uint64, [UInt64.max], .float32)?.index == 0)
  }
}
