import VectorCore

/// Vectors as an index stores them: the list of each, its code there and, with `spill`, its code in a second list.
struct CodedVectors {
  let labels: [Int32]
  let codes: ProductCodes
  let spill: Spill?
}

extension ProductModel {
  /// Finds lists and codes of prepared vectors.
  ///
  /// - Parameter spills: whether each vector is coded in a second list too.
  /// - Complexity: O(n·(nlist·d + d·ksub)).
  func code(_ vectors: Matrix, spills: Bool, threads: Int) -> CodedVectors {
    let labels = quantizer.assign(vectors, threads: threads)
    return CodedVectors(
      labels: labels, codes: coder.encode(vectors, labels: labels, threads: threads),
      spill: spills ? spill(of: vectors, labels: labels, threads: threads) : nil)
  }

  /// The codes of prepared vectors in the second list of each, where they have one: not among one list.
  func spill(of vectors: Matrix, labels: [Int32], threads: Int) -> Spill? {
    guard quantizer.nlist > 1 else { return nil }
    // Every search finds an outlier in the list of outliers; its copy, which no search takes, may be anywhere.
    let firsts = labels.map { min($0, Int32(quantizer.nlist - 1)) }
    let seconds = quantizer.centroids.assignSecond(vectors, labels: firsts, threads: threads)
    return Spill(labels: seconds, codes: coder.encode(vectors, labels: seconds, threads: threads))
  }
}
