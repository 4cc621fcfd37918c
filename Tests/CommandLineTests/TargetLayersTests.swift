import TestSupport
import Testing

@Suite struct TargetLayersTests {
  /// The targets as the Architecture article draws them, from the lowest to the highest.
  static let layers = [
    ["BuiltCommit", "CKernels", "CLMDB", "CHDF5", "CZlib", "CYAML", "CSQLite", "CXXHash", "CCrypto", "CCurl"],
    ["VectorCore", "Files", "Processes", "YAML", "SQLite", "Zlib"],
    ["HDF5", "OrderedStore", "VectorSearch"],
    ["Datasets", "VectorIndexes", "IndexConformance"],
    ["Bench"],
    ["Reports"],
    ["RecallBenchCLI"],
    ["recallbench"],
  ]

  @Test func noTargetImportsOneThatIsNotBelow() throws {
    #expect(try ImportDirection(root: packageSources, layers: Self.layers).imports() == [])
  }
}
