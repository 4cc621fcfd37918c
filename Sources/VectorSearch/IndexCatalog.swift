/// The kinds of index that a program knows: each once, found by the name that people type.
///
/// A value: who adds a kind has another catalogue. `VectorIndexes` has one with its own indexes, `standard`.
public struct IndexCatalog: Sendable {
  /// In the order in which they are listed.
  public let types: [any DeclaredIndex.Type]

  /// Makes a catalogue of these types, whose kinds must differ: two indexes of one name would take each other's place
  /// in results.
  ///
  /// - Complexity: O(kinds²).
  public init(_ types: [any DeclaredIndex.Type] = []) {
    self.types = types
    for (place, kind) in kinds.enumerated() {
      precondition(
        !kinds[..<place].contains(kind),
        "two indexes of kind \(kind) in one catalogue: give the declaration of \(types[place]) another kind")
    }
  }

  /// The same catalogue and one more kind, which must not be in it yet.
  public func adding(_ type: any DeclaredIndex.Type) -> IndexCatalog { IndexCatalog(types + [type]) }

  /// The kinds' names, in order.
  public var kinds: [String] { types.map { $0.declaration.kind } }

  /// The index type of this kind.
  ///
  /// - Throws: `IndexError.unknownKind`, with the kinds there are.
  public func type(ofKind kind: String) throws(IndexError) -> any DeclaredIndex.Type {
    for type in types where type.declaration.kind == kind { return type }
    throw .unknownKind(name: kind, known: kinds)
  }
}

extension IndexCatalog: Equatable {
  /// Whether both have the same types in the same order.
  public static func == (a: IndexCatalog, b: IndexCatalog) -> Bool {
    a.types.map { ObjectIdentifier($0) } == b.types.map { ObjectIdentifier($0) }
  }
}
