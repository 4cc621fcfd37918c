extension Rotation {
  /// How many vectors the optimisation looks at at the least, a codeword and a dimension.
  private static let vectorsPerCodeword = 64
  private static let vectorsPerDimension = 32

  /// The rotation after which a product quantiser of this shape loses least: optimised product quantisation.
  ///
  /// Starts from no rotation and takes turns: code the turned vectors, turn them towards what their codes stand for
  /// (Procrustes' problem, solved by a polar factor), move the codewords. The error never rises, so the result is at
  /// least as good as no rotation on the vectors looked at. Deterministic whatever the thread count.
  ///
  /// - Parameter vectors: n × d, finite, n ≥ ``ProductQuantizer/minimumTrainingVectors(nbits:)``; of many vectors a
  ///   sample is taken.
  /// - Complexity: O(iterations·(n·d·(ksub + d) + 20·d³)).
  ///
  /// Source: Ge, He, Ke and Sun, "Optimized product quantization for approximate nearest neighbor search", CVPR 2013,
  /// doi:10.1109/CVPR.2013.379 (the non-parametric solution).
  public static func opq(
    _ vectors: Matrix, m: Int, nbits: Int, iterations: Int = 24, seed: UInt64, threads: Int
  ) -> Rotation {
    let dimension = vectors.columns
    var generator = SeededGenerator(seed: seed)
    let limit = max(vectorsPerCodeword << nbits, vectorsPerDimension * dimension)
    let sample = vectors.gathering(
      ProductQuantizer.sampleRows(of: vectors, nbits: nbits, limit: limit, using: &generator))
    var quantizer = ProductQuantizer.train(
      shuffled: sample, m: m, nbits: nbits, iterations: 8, seed: generator.next(), threads: threads)
    var rotation = Rotation.identity(dimension: dimension)
    var turned = sample
    for _ in 0..<iterations {
      let codes = quantizer.encode(turned, threads: threads)
      let decoded = quantizer.decode(codes, threads: threads)
      guard let turn = nearestTurn(from: turned, to: decoded, threads: threads) else { break }
      rotation = Rotation(
        matrix: turn.timesTransposed(rotation.matrix.transposed(threads: threads), threads: threads))
      turned = rotation.apply(sample, threads: threads)
      quantizer = quantizer.movingCodewords(to: turned, codes: codes, threads: threads)
    }
    // Takes away the rounding of the products.
    return rotation.matrix.orthogonalFactor(threads: threads).map(Rotation.init) ?? .identity(dimension: dimension)
  }

  /// The rotation that brings the rows of `vectors` nearest to those of `targets`; nil when nothing can be said.
  ///
  /// The targets are nearly the vectors, so their product is nearly a covariance: positive, but singular when the
  /// vectors do not span the space. A little of the identity, which favours small turns, makes it regular.
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
