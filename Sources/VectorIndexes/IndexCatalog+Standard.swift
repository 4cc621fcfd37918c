import VectorSearch

extension IndexCatalog {
  /// All indexes of this module. A new index needs a folder next to this file and an entry in this list.
  public static let standard = IndexCatalog([
    FlatIndex.self, IVFFlatIndex.self, IVFPQIndex.self, FractalIndex.self, MemTableIndex.self,
  ])
}
