extension ProductQuantizer {
  /// The least number of training vectors: one per codeword, 256 or 16.
  public static func minimumTrainingVectors(nbits: Int) -> Int { 1 << nbits }

  /// The default for the greatest number of training vectors: 65 536 with 8 bits, 16 384 with 4 bits.
  ///
  /// With 4 bits the usual 4 096 vectors give 1.2 % (d = 384) to 1.7 % (d = 128) more error.
  public static func trainingSampleLimit(nbits: Int) -> Int { nbits == 8 ? 1 << 16 : 1 << 14 }

  /// The number of vectors per codeword in the sample for the seeding, and the number of k-means iterations on it.
  private static let seedingSampleFactor = 24
  private static let seedingIterations = 6

  /// Trains the codebooks on the rows of `vectors`, n × d, finite: k-means in each subspace, subspaces in parallel.
  ///
  /// First k-means++ and a few iterations on a small sample choose the initial codewords. Then Lloyd's algorithm
  /// continues on a quarter, a half and all of the vectors, with the kernel that encodes vectors. The result depends
  /// only on vectors, shape and seed, never on the number of threads.
  ///
  /// - Parameters:
  ///   - iterations: the greatest number of iterations of Lloyd's algorithm.
  ///   - sampleLimit: if there are more vectors, a random sample of this size is taken; `nil`:
  ///     ``trainingSampleLimit(nbits:)``.
  /// - Precondition: ``isValid(dimension:m:nbits:)``; n and the limit ≥ ``minimumTrainingVectors(nbits:)``. The caller
  ///   must have refused invalid input from users with an error before.
  /// - Complexity: O(iterations·n·d·ksub).
  public static func train(
    _ vectors: Matrix, m: Int, nbits: Int, iterations: Int = 32, sampleLimit: Int? = nil, seed: UInt64, threads: Int
  ) -> ProductQuantizer {
    var generator = SeededGenerator(seed: seed)
    let rows = sampleRows(of: vectors, nbits: nbits, limit: sampleLimit, using: &generator)
    return train(
      shuffled: vectors.gathering(rows), m: m, nbits: nbits, iterations: iterations, seed: generator.next(),
      threads: threads)
  }

  /// The rows of a random sample in random order, so that its first rows are a random sample too.
  static func sampleRows(
    of vectors: Matrix, nbits: Int, limit: Int?, using generator: inout SeededGenerator
  ) -> [Int] {
    let limit = limit ?? trainingSampleLimit(nbits: nbits)
    return generator.sample(min(vectors.rows, limit), below: vectors.rows)
  }

  /// Trains on all of `sample`, whose rows must be in random order.
  static func train(
    shuffled sample: Matrix, m: Int, nbits: Int, iterations: Int, seed: UInt64, threads: Int
  ) -> ProductQuantizer {
    precondition(
      isValid(dimension: sample.columns, m: m, nbits: nbits),
      "m = \(m) subquantisers of \(nbits) bits do not divide \(sample.columns) dimensions")
    let ksub = 1 << nbits
    precondition(sample.rows >= ksub, "\(sample.rows) vectors are too few to train \(ksub) codewords")
    let seedingRows = min(sample.rows, ksub * seedingSampleFactor)
    var quantizer = seeded(on: sample[rows: 0..<seedingRows], m: m, nbits: nbits, seed: seed, threads: threads)
    let sizes = [sample.rows / 4, sample.rows / 2].filter { $0 > seedingRows } + [sample.rows]
    for (number, size) in sizes.enumerated() {
      let rounds = iterations * (number + 1) / sizes.count - iterations * number / sizes.count
      quantizer = quantizer.refined(on: sample[rows: 0..<size], rounds: rounds, threads: threads)
    }
    return quantizer
  }

  /// Continues Lloyd's algorithm from these codebooks; ends early when no code changes.
  func refined(on vectors: Matrix, directions: Matrix? = nil, rounds: Int, threads: Int) -> ProductQuantizer {
    var quantizer = self
    var last: [UInt8] = []
    for _ in 0..<rounds {
      let codes = quantizer.encode(vectors, directions: directions, threads: threads)
      if codes == last { break }
      quantizer =
        parallelWeight > 0
        ? quantizer.movingCodewords(to: vectors, directions: directions ?? vectors, codes: codes, threads: threads)
        : quantizer.movingCodewords(to: vectors, codes: codes, threads: threads)
      last = codes
    }
    return quantizer
  }

  /// The codebooks that k-means finds in each subspace separately.
  private static func seeded(on sample: Matrix, m: Int, nbits: Int, seed: UInt64, threads: Int) -> ProductQuantizer {
    let (ksub, dsub) = (1 << nbits, sample.columns / m)
    var generator = SeededGenerator(seed: seed)
    let seeds = (0..<m).map { _ in generator.next() }
    let codebooks = Matrix(rows: sample.columns, columns: ksub) { floats in
      let floats = Disjoint(floats)
      parallelChunks(of: m, chunk: 1, threads: threads) { subspace, _ in
        let trained = KMeans.train(
          columns(subspace * dsub..<(subspace + 1) * dsub, of: sample), k: ksub, maxIterations: seedingIterations,
          seed: seeds[subspace], threads: max(1, threads / m))
        for codeword in 0..<ksub {
          for j in 0..<dsub {
            floats[(subspace * dsub + j) * ksub + codeword] = trained.centroids.baseAddress[codeword * dsub + j]
          }
        }
      }
    }
    return ProductQuantizer(codebooks: codebooks, m: m, nbits: nbits)
  }

  /// A range of columns as a new matrix.
  private static func columns(_ range: Range<Int>, of matrix: Matrix) -> Matrix {
    Matrix(rows: matrix.rows, columns: range.count) { floats in
      for row in 0..<matrix.rows {
        let source = matrix.baseAddress + row * matrix.columns + range.lowerBound
        for j in 0..<range.count { floats[row * range.count + j] = source[j] }
      }
    }
  }
}
