import Testing

@testable import Bench

@Suite struct ProcessMemoryTests {
  @Test func residentMemoryGrowsByWhatIsTouched() throws {
    let before = try #require(ProcessMemory.residentBytes())
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 20, alignment: 4096)
    defer { block.deallocate() }
    block.initializeMemory(as: UInt8.self, repeating: 1)
    let growth = try #require(ProcessMemory.residentBytes()) - before
    // Other tests come and go meanwhile: half is proof enough.
    #expect(growth > 128 << 20)
  }
}
