import VectorIndexes

extension Parameters {
  /// As words: `nlist=256 niter=16`.
  var text: String { entries.map { "\($0.name)=\($0.value)" }.joined(separator: " ") }
}
