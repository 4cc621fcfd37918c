import Testing
import VectorCore
import VectorIndexes

@Suite struct IndexRegistryTests {
  @Test func findsEveryKindByItsName() throws {
    #expect(try IndexRegistry.type(ofKind: "flat") == FlatIndex.self)
    #expect(try IndexRegistry.type(ofKind: "ivf-flat") == IVFFlatIndex.self)
    #expect(try IndexRegistry.type(ofKind: "ivf-pq") == IVFPQIndex.self)
    let kinds = IndexRegistry.all.map { $0.declaration.kind }
    #expect(Set(kinds).count == kinds.count)
  }

  @Test func refusesAnUnknownKind() {
    #expect(throws: IndexError.unknownKind(name: "hnsw", known: IndexRegistry.all.map { $0.declaration.kind })) {
      try IndexRegistry.type(ofKind: "hnsw")
    }
  }

  /// Every declared default is a value that its own declaration accepts.
  @Test func declaresDefaultsInRange() throws {
    for declaration in IndexRegistry.all.map({ $0.declaration }) {
      for parameter in declaration.build + declaration.search {
        #expect(try parameter.value(parsing: parameter.defaultValue.description) == parameter.defaultValue)
      }
    }
  }

  @Test(arguments: [Int.min, -1, 0, 1 << 20 + 1, .max])
  func refusesAnImpossibleDimension(dimension: Int) throws {
    for type in IndexRegistry.all {
      let parameters = try Parameters(declared: type.declaration.build, kind: type.declaration.kind)
      let error = IndexError.invalidParameter(
        name: "dimension", value: String(dimension), expected: "an integer, 1…1048576")
      #expect(throws: error) {
        _ = try type.init(dimension: dimension, metric: .euclidean, parameters: parameters, seed: 1)
      }
    }
  }
}
