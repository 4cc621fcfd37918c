import VectorCore

/// The list and the code of each vector of a batch and, with `spill`, its code in a second list.
struct CodedVectors {
  let labels: [Int32]
  let codes: ProductCodes
  let spill: Spill?
}

extension ProductModel {
  /// Assigns prepared vectors to lists and encodes them.
  ///
  /// - Parameter spills: whether each vector also gets a code in a second list.
  /// - Complexity: O(n·(nlist·d + d·ksub)).
  func code(_ vectors: Matrix, spills: Bool, threads: Int) -> CodedVectors {
    let labels = quantizer.assign(vectors, threads: threads)
    return CodedVectors(
      labels: labels, codes: coder.encode(vectors, labels: labels, threads: threads),
      spill: spills ? spill(of: vectors, labels: labels, threads: threads) : nil)
  }

  /// The codes of prepared vectors in a second list each; `nil` when there is only one list.
  func spill(of vectors: Matrix, labels: [Int32], threads: Int) -> Spill? {
    guard quantizer.nlist > 1 else { return nil }
    // Every search scans the list of outliers, so no search reads the spilled copy of an outlier; any list will do.
    let firsts = labels.map { min($0, Int32(quantizer.nlist - 1)) }
    let seconds = quantizer.centroids.assignSecond(vectors, labels: firsts, threads: threads)
    return Spill(labels: seconds, codes: coder.encode(vectors, labels: seconds, threads: threads))
  }
}
