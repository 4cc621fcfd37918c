import Testing

@testable import VectorIndexes

@Suite struct StoredMetadataTests {
  private let metadata: Metadata = [
    "name": .text("Ångström"), "": .text(""), "count": .integer(-7), "share": .real(0.25), "old": .boolean(true),
    "new": .boolean(false),
  ]

  @Test func comesBackAsItWentIn() {
    let bytes = StoredMetadata.encode(metadata)
    #expect(bytes.withUnsafeBytes { StoredMetadata.decode($0) } == metadata)
    #expect([UInt8]().withUnsafeBytes { StoredMetadata.decode($0) } == [:])
  }

  /// What is cut short is refused, and never read past its end.
  @Test func refusesPartsOfIt() {
    let bytes = StoredMetadata.encode(["name": .text("text"), "number": .integer(1)])
    let whole = (0...bytes.count).filter { count in
      bytes[..<count].withUnsafeBytes { StoredMetadata.decode($0) } != nil
    }
    // Nothing, the first field alone, and both.
    #expect(whole == [0, 17, bytes.count])
    #expect([1, 0, 0, 0, 65, 9].map(UInt8.init).withUnsafeBytes { StoredMetadata.decode($0) } == nil)
  }
}
