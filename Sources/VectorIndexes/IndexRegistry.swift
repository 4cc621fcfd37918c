/// Every index there is; a new one is a folder beside this file and a line here.
public enum IndexRegistry {
  public static let all: [any VectorIndex.Type] = [
    FlatIndex.self, IVFFlatIndex.self, IVFPQIndex.self, FractalIndex.self, MemTableIndex.self,
  ]

  /// The index type of this kind.
  ///
  /// - Throws: `IndexError.unknownKind`, with the kinds there are.
  public static func type(ofKind kind: String) throws(IndexError) -> any VectorIndex.Type {
    for type in all where type.declaration.kind == kind { return type }
    throw .unknownKind(name: kind, known: all.map { $0.declaration.kind })
  }
}
