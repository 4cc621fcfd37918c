import Testing

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
}
