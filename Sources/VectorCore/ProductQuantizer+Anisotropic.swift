extension ProductQuantizer {
  /// The number of rounds of encoding and moving codewords under the anisotropic loss; later rounds gain under 0.1 %.
  private static let anisotropicRounds = 8

  /// The ``parallelWeight`` for a threshold: the cost of an error along a vector relative to one across it, minus 1.
  ///
  /// It is (d − 1)·t²/(1 − t²) − 1, and at least 0, for queries whose cosine with the vector is at least t. ScaNN's
  /// default threshold for vectors of length 1 is 0.2. Here the threshold is relative to the length, so scaling vectors
  /// changes nothing.
  ///
  /// - Precondition: 0 ≤ threshold < 1.
  public static func parallelWeight(threshold: Float, dimension: Int) -> Float {
    precondition(threshold >= 0 && threshold < 1, "an anisotropic threshold of \(threshold)")
    let squared = threshold * threshold
    return max(0, Float(dimension - 1) * squared / (1 - squared) - 1)
  }

  /// Trains for inner products: errors that change a vector's product with nearby queries cost more than other errors.
  ///
  /// It trains plain codebooks first, and then makes rounds under the anisotropic loss, which encoding also minimises.
  /// - Parameters:
  ///   - directions: n × d, the vectors themselves if `vectors` are residuals; `nil`: `vectors`.
  ///   - threshold: see ``parallelWeight(threshold:dimension:)``; the other parameters as in ``train``.
  ///
  /// Source: Guo et al., "Accelerating large-scale inference with anisotropic vector quantization", ICML 2020.
  public static func train(
    _ vectors: Matrix, directions: Matrix? = nil, anisotropicThreshold threshold: Float, m: Int, nbits: Int,
    iterations: Int = 32, sampleLimit: Int? = nil, seed: UInt64, threads: Int
  ) -> ProductQuantizer {
    if let directions {
      precondition(
        directions.rows == vectors.rows && directions.columns == vectors.columns, "directions of other vectors")
    }
    var generator = SeededGenerator(seed: seed)
    let rows = sampleRows(of: vectors, nbits: nbits, limit: sampleLimit, using: &generator)
    let sample = vectors.gathering(rows)
    let plain = train(
      shuffled: sample, m: m, nbits: nbits, iterations: iterations, seed: generator.next(), threads: threads)
    let weight = parallelWeight(threshold: threshold, dimension: vectors.columns)
    guard weight > 0 else { return plain }
    return ProductQuantizer(codebooks: plain.codebooks, m: m, nbits: nbits, parallelWeight: weight)
      .refined(
        on: sample, directions: directions?.gathering(rows) ?? sample, rounds: anisotropicRounds, threads: threads)
  }

  /// The mean over rows of ‖x − x̂‖² + w·(u·(x − x̂))², w the ``parallelWeight`` and u the row's unit direction.
  ///
  /// Training and encoding minimise this cost. It equals ``meanSquaredError(of:codes:threads:)`` when w is 0.
  public func meanCost(of vectors: Matrix, directions: Matrix? = nil, codes: [UInt8], threads: Int) -> Double {
    let squared = meanSquaredError(of: vectors, codes: codes, threads: threads)
    guard parallelWeight > 0, vectors.rows > 0 else { return squared }
    let along = errorsAlong(directions ?? vectors, of: vectors, codes: codes, threads: threads)
    return squared + Double(parallelWeight) * along.reduce(0) { $0 + $1 * $1 } / Double(vectors.rows)
  }
}
