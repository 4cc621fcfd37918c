extension ProductQuantizer {
  /// The same quantiser with every codeword moved to the mean of the vectors coded with it, as Lloyd's algorithm does.
  ///
  /// A codeword that codes no vector stays where it is. Sums are in Float64, in the order of the rows: the result does
  /// not depend on the thread count. - Complexity: O(n·d).
  func movingCodewords(to vectors: Matrix, codes: [UInt8], threads: Int) -> ProductQuantizer {
    let (ksub, dsub, bytes) = (ksub, dsub, bytesPerCode)
    let moved = Matrix(rows: dimension, columns: ksub) { floats in
      codes.withUnsafeBufferPointer { codes in
        guard let base = codes.baseAddress else {
          _ = floats.initialize(from: UnsafeBufferPointer(start: codebooks.baseAddress, count: dimension * ksub))
          return
        }
        let (codes, floats) = (Shared(base), Disjoint(floats))
        parallelChunks(of: m, chunk: 1, threads: threads) { subspace, _ in
          var sums = [Double](repeating: 0, count: ksub * dsub)
          var sizes = [Int](repeating: 0, count: ksub)
          for row in 0..<vectors.rows {
            let codeword = codeword(subspace, in: codes.pointer + row * bytes)
            let components = vectors.baseAddress + row * dimension + subspace * dsub
            sizes[codeword] += 1
            for j in 0..<dsub { sums[codeword * dsub + j] += Double(components[j]) }
          }
          for codeword in 0..<ksub {
            for j in 0..<dsub {
              let place = (subspace * dsub + j) * ksub + codeword
              floats[place] =
                sizes[codeword] > 0
                ? Float(sums[codeword * dsub + j] / Double(sizes[codeword])) : codebooks.baseAddress[place]
            }
          }
        }
      }
    }
    return ProductQuantizer(codebooks: moved, m: m, nbits: nbits, parallelWeight: parallelWeight)
  }
}
