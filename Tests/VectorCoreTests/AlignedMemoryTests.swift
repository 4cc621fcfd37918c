import Testing

@testable import VectorCore

@Suite struct AlignedMemoryTests {
  /// Parts far apart and side by side, small and large, in any order, and one that is empty.
  @Test func hugePagesKeepTheContents() {
    let sizes = [1, 100, 70_000, 3 << 20, 70_000, 9 << 20] + Array(repeating: 100_000, count: 60)
    let parts = sizes.enumerated().map { number, size in
      let part = UnsafeMutableRawBufferPointer(start: AlignedMemory.allocate(byteCount: size), count: size)
      for index in part.indices { part[index] = UInt8(truncatingIfNeeded: index &* 31 &+ number) }
      return part
    }
    defer { for part in parts { part.baseAddress!.deallocate() } }
    for threads in [1, 3] {
      AlignedMemory.useHugePages(
        under: parts.reversed().map { UnsafeRawBufferPointer($0) } + [UnsafeRawBufferPointer(start: nil, count: 0)],
        threads: threads)
    }
    for (number, part) in parts.enumerated() {
      #expect(part.indices.allSatisfy { part[$0] == UInt8(truncatingIfNeeded: $0 &* 31 &+ number) }, "part \(number)")
    }
  }
}
