import Testing
import VectorCore
import VectorSearch

@testable import VectorIndexes

@Suite struct MetadataTableTests {
  @Test func takesNoMemoryForVectorsWithoutAny() {
    var table = MetadataTable()
    for id in 0..<1000 { table[UInt64(id)] = [:] }
    #expect(table.memoryBytes == 0)
    #expect(table[5] == [:])
  }

  @Test func countsWhatItHolds() {
    var table = MetadataTable()
    table[1] = ["text": .text(String(repeating: "x", count: 5000))]
    let one = table.memoryBytes
    #expect(one > 5000)
    table[1] = ["text": .text("short")]
    #expect(table.memoryBytes < one - 4900)
    #expect(table[1] == ["text": .text("short")])
    table[1] = [:]
    #expect(table[1] == [:])
  }

  @Test func isADictionaryOfDictionaries() {
    var generator = SeededGenerator(seed: 3)
    var table = MetadataTable()
    var reference: [UInt64: Metadata] = [:]
    var versions: Set<UInt64> = []
    for step in 0..<2000 {
      let id = UInt64(generator.next(below: 60))
      var fields: Metadata = [:]
      for field in ["a", "b", "c"] where generator.next(below: 2) == 0 {
        fields[field] = generator.next(below: 2) == 0 ? .integer(Int64(step)) : .text("\(step % 7)")
      }
      let changes = !fields.isEmpty || reference[id] != nil
      table[id] = fields
      reference[id] = fields.isEmpty ? nil : fields
      #expect(table[id] == fields && table.isEmpty == reference.isEmpty)
      #expect(versions.insert(table.version).inserted == changes || step == 0)
    }
    #expect((0..<60).allSatisfy { table[$0] == reference[$0] ?? [:] })
    // Values that no vector has any more are freed, although every step brought new ones.
    #expect(table.columns.allSatisfy { $0.values.count <= 61 })
  }
}
