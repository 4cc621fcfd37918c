import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct SlotMapTests {
  @Test func isADictionary() {
    var generator = SeededGenerator(seed: 5)
    var map = SlotMap()
    var reference: [UInt64: UInt32] = [:]
    for step in 0..<6000 {
      // Small ids come after large ones, so that ids move from the dictionary to the array.
      let id = generator.next(below: 8) == 0 ? generator.next() : UInt64(generator.next(below: 1 + step * 2))
      let slot: UInt32? = generator.next(below: 4) == 0 ? nil : UInt32(step)
      map[id] = slot
      reference[id] = slot
      #expect(map[id] == slot)
    }
    let ids = reference.keys + [7_000_000, .max]
    var found = [UInt32](repeating: 0, count: ids.count)
    ids.withUnsafeBufferPointer { map.find($0, into: &found) }
    #expect(found == ids.map { reference[$0] ?? SlotMap.none })
    #expect(ids.allSatisfy { map[$0] == reference[$0] })
  }

  @Test func takesLittleMemoryForFarIds() {
    var map = SlotMap()
    for id in 0..<100 { map[UInt64(id) << 50] = UInt32(id) }
    #expect(map.memoryBytes < 20_000)
  }
}
