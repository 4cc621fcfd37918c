extension ProductQuantizer {
  /// How many vectors training needs at the least: one a codeword, 256 or 16.
  public static func minimumTrainingVectors(nbits: Int) -> Int { 1 << nbits }

  /// How many vectors training looks at by default at the most: 65 536 with 8 bits, 16 384 with 4.
  ///
  /// With 4 bits, 4 096 as elsewhere in the field leave 1.2 % (d = 384) to 1.7 % (d = 128) more error.
  public static func trainingSampleLimit(nbits: Int) -> Int { nbits == 8 ? 1 << 16 : 1 << 14 }

  /// How many vectors a codeword the seeding looks at, and how often k-means goes over them.
  private static let seedingSampleFactor = 24
  private static let seedingIterations = 6

  /// Trains the codebooks on the rows of `vectors`, n × d, finite: k-means in each subspace, subspaces in parallel.
  ///
  /// k-means++ and a few iterations on a small part give the codewords their places; Lloyd's algorithm then goes on
  /// with the kernel that codes vectors, on a quarter, half and all of the vectors. The result depends on vectors,
  /// shape and seed alone, never on the thread count.
  ///
  /// - Parameters:
  ///   - iterations: of Lloyd's algorithm, at the most.
  ///   - sampleLimit: of more vectors than this a random sample is taken; nil: ``trainingSampleLimit(nbits:)``.
  /// - Precondition: ``isValid(dimension:m:nbits:)``; n and the limit ≥ ``minimumTrainingVectors(nbits:)``. The
  ///   caller refuses its user's input with an error before that.
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

  /// The rows of a random sample in random order: its first rows are a random sample too.
  static func sampleRows(
    of vectors: Matrix, nbits: Int, limit: Int?, using generator: inout SeededGenerator
  ) -> [Int] {
    let limit = limit ?? trainingSampleLimit(nbits: nbits)
    return generator.sample(min(vectors.rows, limit), below: vectors.rows)
  }

  /// Trains on all of `sample`, whose rows stand in random order.
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

  /// Lloyd's algorithm from these codebooks on; ends early when no code changes.
  func refined(on vectors: Matrix, directions: Matrix? = nil, rounds: Int, threads: Int) -> ProductQuantizer {
    var quantizer = self
    var last: [UInt8] = []
    for _ in 0..<rounds {
      let codes = quantizer.encode(vectors, directions: directions, threads: threads)
      if codes == last { break }
      quantizer = quantizer.movingCodewords(to: vectors, codes: codes, threads: threads)
      last = codes
    }
    return quantizer
  }

  /// The codebooks that k-means finds in each subspace on its own.
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

  /// Some neighbouring columns as a matrix of their own.
  private static func columns(_ range: Range<Int>, of matrix: Matrix) -> Matrix {
    Matrix(rows: matrix.rows, columns: range.count) { floats in
      for row in 0..<matrix.rows {
        let source = matrix.baseAddress + row * matrix.columns + range.lowerBound
        for j in 0..<range.count { floats[row * range.count + j] = source[j] }
      }
    }
  }
}
