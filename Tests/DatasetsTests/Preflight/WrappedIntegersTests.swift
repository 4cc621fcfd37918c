import Testing
import VectorCore

@testable import Datasets

struct WrappedIntegersTests {
  /// Numbers from 0 on, larger ones less frequent: the least of some random ones.
  private func unsigned(below bound: Int, least of: Int = 3) -> [[Float]] {
    var random = SeededGenerator(seed: 1)
    return (0..<300).map { _ in
      (0..<32).map { _ in Float((0..<of).map { _ in random.next(below: bound) }.min() ?? 0) }
    }
  }

  /// Numbers around 0: means of some random ones.
  private func signed(_ half: Int) -> [[Float]] {
    var random = SeededGenerator(seed: 2)
    return (0..<300).map { _ in
      (0..<32).map { _ in Float((0..<6).reduce(0) { sum, _ in sum + random.next(below: 2 * half) - half } / 6) }
    }
  }

  private func wrapped(_ rows: [[Float]], _ change: (Float) -> Float = { $0 }) -> WrappedIntegers? {
    WrappedIntegers(Matrix(rows.map { $0.map(change) }))
  }

  @Test func valuesBeyondTheirTypeAreFound() {
    #expect(wrapped(unsigned(below: 256)) { $0 > 127 ? $0 - 256 : $0 } == .unsignedAsSigned8)
    #expect(wrapped(signed(128)) { $0 < 0 ? $0 + 256 : $0 } == .signedAsUnsigned8)
    #expect(wrapped(unsigned(below: 65_536)) { $0 > 32_767 ? $0 - 65_536 : $0 } == .unsignedAsSigned16)
    #expect(wrapped(signed(32_768)) { $0 < 0 ? $0 + 65_536 : $0 } == .signedAsUnsigned16)
  }

  @Test func whatFitsIsNot() {
    #expect(wrapped(unsigned(below: 256)) == nil)
    #expect(wrapped(unsigned(below: 128)) == nil)
    #expect(wrapped(signed(128)) == nil && wrapped(signed(32_768)) == nil)
    // Signs alone, bits, and black and white.
    #expect(wrapped(unsigned(below: 2)) { $0 == 0 ? -127 : 127 } == nil)
    #expect(wrapped(unsigned(below: 2)) == nil)
    #expect(wrapped(unsigned(below: 2)) { $0 * 255 } == nil)
    // All values equally often.
    #expect(wrapped(unsigned(below: 256, least: 1)) == nil)
    #expect(wrapped(unsigned(below: 256, least: 1)) { $0 - 128 } == nil)
    #expect(wrapped(signed(128)) { $0 / 3 } == nil && wrapped([[1, 200], [3, 4]]) == nil)
  }

  @Test func theOriginalsComeBack() {
    for value in [0, 1, 127, 128, 255] as [Float] {
      #expect(WrappedIntegers.unsignedAsSigned8.original(of: value > 127 ? value - 256 : value) == value)
      let signed = value - 128
      #expect(WrappedIntegers.signedAsUnsigned8.original(of: signed < 0 ? signed + 256 : signed) == signed)
    }
  }
}
