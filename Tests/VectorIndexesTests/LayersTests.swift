import TestSupport
import Testing

@Suite struct LayersTests {
  /// From the lowest to the highest.
  static let layers = [
    ["Parts/Vectors"], ["Parts/ScalarCodes", "Parts/ProductCodes"], ["Parts/Lists"],
    ["Parts/Coarse", "Parts/ProductSearch"], ["Parts/Stored"], ["Flat", "IVFFlat", "IVFPQ", "Fractal"], ["MemTable"],
    [""],
  ]

  @Test func noFolderUsesOneThatIsNotBelow() throws {
    let direction = try ImportDirection(root: packageSources + "/VectorIndexes", layers: Self.layers)
    #expect(direction.typeUses() == [])
  }
}
