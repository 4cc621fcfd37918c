import Testing

@testable import Bench

@Suite struct ProcessMemoryTests {
  /// In a process of its own: other tests would free memory meanwhile.
  @Test func residentMemoryGrowsByWhatIsTouched() async {
    await #expect(processExitsWith: .success) {
      let bytes = 256 << 20
      let before = try #require(ProcessMemory.residentBytes())
      let block = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 4096)
      block.initializeMemory(as: UInt8.self, repeating: 1)
      let held = try #require(ProcessMemory.residentBytes()) - before
      block.deallocate()
      let left = try #require(ProcessMemory.residentBytes()) - before
      #expect(abs(held - bytes) < bytes / 8)
      #expect(left < bytes / 8)
    }
  }
}
