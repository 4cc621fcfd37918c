import Testing
import VectorCore
import VectorIndexes

@Suite struct IndexCatalogTests {
  @Test func findsEveryKindByItsName() throws {
    #expect(try IndexCatalog.standard.type(ofKind: "flat") == FlatIndex.self)
    #expect(try IndexCatalog.standard.type(ofKind: "ivf-flat") == IVFFlatIndex.self)
    #expect(try IndexCatalog.standard.type(ofKind: "ivf-pq") == IVFPQIndex.self)
    let kinds = IndexCatalog.standard.kinds
    #expect(Set(kinds).count == kinds.count)
  }

  @Test func anAddedKindComesLastAndLeavesTheOriginalAsItWas() throws {
    let one = IndexCatalog([IVFPQIndex.self])
    let two = one.adding(FlatIndex.self)
    #expect(one.kinds == ["ivf-pq"])
    #expect(two.kinds == ["ivf-pq", "flat"])
    #expect(try two.type(ofKind: "flat") == FlatIndex.self)
    #expect(two == IndexCatalog([IVFPQIndex.self, FlatIndex.self]))
    #expect(two != IndexCatalog([FlatIndex.self, IVFPQIndex.self]))
  }

  @Test func refusesAnUnknownKind() {
    #expect(throws: IndexError.unknownKind(name: "hnsw", known: IndexCatalog.standard.kinds)) {
      try IndexCatalog.standard.type(ofKind: "hnsw")
    }
  }

  /// Every declared default is a value that its own declaration accepts.
  @Test func declaresDefaultsInRange() throws {
    for declaration in IndexCatalog.standard.types.map({ $0.declaration }) {
      for parameter in declaration.build + declaration.search {
        #expect(try parameter.value(parsing: parameter.defaultValue.description) == parameter.defaultValue)
      }
    }
  }

  @Test(arguments: [Int.min, -1, 0, 1 << 20 + 1, .max])
  func refusesAnImpossibleDimension(dimension: Int) throws {
    for type in IndexCatalog.standard.types {
      let parameters = try Parameters(declared: type.declaration.build, kind: type.declaration.kind)
      let error = IndexError.invalidParameter(
        name: "dimension", value: String(dimension), expected: "an integer, 1…1048576")
      #expect(throws: error) {
        _ = try type.init(dimension: dimension, metric: .euclidean, parameters: parameters, seed: 1)
      }
    }
  }
}
