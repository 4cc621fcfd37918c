import VectorSearch

extension IndexCatalog {
  /// Every index of this module; a new one is a folder beside this file and a name in this line.
  public static let standard = IndexCatalog([
    FlatIndex.self, IVFFlatIndex.self, IVFPQIndex.self, FractalIndex.self, MemTableIndex.self,
  ])
}
