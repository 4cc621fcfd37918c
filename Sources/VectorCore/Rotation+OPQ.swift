extension Rotation {
  /// The number of training vectors per codeword and dimension; with fewer the rotation overfits.
  private static let vectorsPerCodeword = 128
  private static let vectorsPerDimension = 64

  /// The rotation with which a product quantiser of this shape has the least error: optimised product quantisation.
  ///
  /// It starts from the identity and repeats three steps: encode the rotated vectors; rotate them towards the decoded
  /// vectors (Procrustes' problem, solved by a polar factor); move the codewords. These rotations are far too small, so
  /// each is applied 2, 4 and more times until the error increases; the last rotation is then undone, and all later
  /// ones are half as large. (For 58 k × 384 and 192 4-bit codes, 36 such steps are as good as 100 plain ones.) On the
  /// training vectors the result is at least as good as no rotation. It does not depend on the number of threads.
  ///
  /// - Parameter vectors: n × d, finite, n ≥ ``ProductQuantizer/minimumTrainingVectors(nbits:)``; if there are many, a
  ///   sample is taken.
  /// - Complexity: O(iterations·(n·d·(ksub + d) + 20·d³)).
  ///
  /// Source: Ge, He, Ke and Sun, "Optimized product quantization for approximate nearest neighbor search", CVPR 2013,
  /// doi:10.1109/CVPR.2013.379 (the non-parametric solution).
  public static func opq(
    _ vectors: Matrix, m: Int, nbits: Int, iterations: Int = 40, seed: UInt64, threads: Int
  ) -> Rotation {
    let dimension = vectors.columns
    var generator = SeededGenerator(seed: seed)
    let limit = max(vectorsPerCodeword << nbits, vectorsPerDimension * dimension)
    let sample = vectors.gathering(
      ProductQuantizer.sampleRows(of: vectors, nbits: nbits, limit: limit, using: &generator))
    let plain = ProductQuantizer.train(
      shuffled: sample, m: m, nbits: nbits, iterations: 8, seed: generator.next(), threads: threads)
    var best = State(rotation: .identity(dimension: dimension), turned: sample, quantizer: plain, threads: threads)
    var (doublings, mostDoublings) = (0, 5)
    for _ in 0..<iterations {
      guard let next = best.turning(doublings: doublings, of: sample, threads: threads) else { break }
      if next.error <= best.error {
        best = next
        doublings = min(doublings + 1, mostDoublings)
      } else if doublings > 0 {
        mostDoublings = doublings - 1
        doublings = mostDoublings
      } else {
        break
      }
    }
    // Removes the rounding errors of the products.
    return best.rotation.matrix.orthogonalFactor(threads: threads).map(Rotation.init) ?? best.rotation
  }

  /// A rotation, the quantiser for the rotated sample, and its error.
  private struct State {
    let rotation: Rotation
    let turned: Matrix
    let quantizer: ProductQuantizer
    let codes: [UInt8]
    let error: Double

    init(rotation: Rotation, turned: Matrix, quantizer: ProductQuantizer, threads: Int) {
      self.rotation = rotation
      self.turned = turned
      self.quantizer = quantizer
      codes = quantizer.encode(turned, threads: threads)
      error = quantizer.meanSquaredError(of: turned, codes: codes, threads: threads)
    }

    /// The state after a further rotation, 2^doublings times as far as the codes suggest; `nil` when they suggest none.
    func turning(doublings: Int, of sample: Matrix, threads: Int) -> State? {
      let decoded = quantizer.decode(codes, threads: threads)
      guard var turn = Rotation.nearestTurn(from: turned, to: decoded, threads: threads) else { return nil }
      for _ in 0..<doublings { turn = turn.timesTransposed(turn.transposed(threads: threads), threads: threads) }
      let next = Rotation(
        matrix: turn.timesTransposed(rotation.matrix.transposed(threads: threads), threads: threads))
      let vectors = next.apply(sample, threads: threads)
      return State(
        rotation: next, turned: vectors,
        quantizer: quantizer.movingCodewords(to: vectors, codes: codes, threads: threads), threads: threads)
    }
  }

  /// The rotation that brings the rows of `vectors` nearest to those of `targets`; `nil` if it is not determined.
  ///
  /// The targets are nearly equal to the vectors, so their product is nearly a covariance matrix: positive, but
  /// singular if the vectors do not span the space. A small multiple of the identity makes it regular and favours small
  /// rotations.
  private static func nearestTurn(from vectors: Matrix, to targets: Matrix, threads: Int) -> Matrix? {
    let dimension = vectors.columns
    let product = targets.transposed(threads: threads)
      .timesTransposed(vectors.transposed(threads: threads), threads: threads)
    let trace = (0..<dimension).reduce(0.0) { $0 + Double(product.baseAddress[$1 * dimension + $1]) }
    guard trace > 0, trace.isFinite else { return nil }
    let share = Float(1e-3 * trace / Double(dimension))
    let regular = Matrix(rows: dimension, columns: dimension) { floats in
      for index in floats.indices {
        let onDiagonal = index / dimension == index % dimension
        floats.initializeElement(at: index, to: product.baseAddress[index] + (onDiagonal ? share : 0))
      }
    }
    return regular.orthogonalFactor(threads: threads)
  }
}
