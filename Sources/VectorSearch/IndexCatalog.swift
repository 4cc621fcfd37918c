/// The kinds of index that a program knows, each found by the name that users type.
///
/// A catalogue is a value: `adding` returns a new catalogue. `VectorIndexes` defines `standard`, which lists its own
/// indexes.
public struct IndexCatalog: Sendable {
  /// The index types, in the order in which they are listed.
  public let types: [any DeclaredIndex.Type]

  /// Makes a catalogue of these types.
  ///
  /// - Precondition: No two types have the same kind: results are stored by kind.
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

  /// A catalogue with one more index type, whose kind must not be in this catalogue yet.
  public func adding(_ type: any DeclaredIndex.Type) -> IndexCatalog { IndexCatalog(types + [type]) }

  /// The names of the kinds, in the order of `types`.
  public var kinds: [String] { types.map { $0.declaration.kind } }

  /// The index type of this kind.
  ///
  /// - Throws: `IndexError.unknownKind`, which lists the known kinds.
  public func type(ofKind kind: String) throws(IndexError) -> any DeclaredIndex.Type {
    for type in types where type.declaration.kind == kind { return type }
    throw .unknownKind(name: kind, known: kinds)
  }
}

extension IndexCatalog: Equatable {
  /// Whether both catalogues have the same types in the same order.
  public static func == (a: IndexCatalog, b: IndexCatalog) -> Bool {
    a.types.map { ObjectIdentifier($0) } == b.types.map { ObjectIdentifier($0) }
  }
}
