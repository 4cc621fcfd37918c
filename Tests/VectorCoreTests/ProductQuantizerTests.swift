import TestSupport
import Testing

@testable import VectorCore

private func trained(
  _ vectors: Matrix, m: Int, nbits: Int, iterations: Int = 12, seed: UInt64 = 7, threads: Int = 2
) -> ProductQuantizer {
  ProductQuantizer.train(vectors, m: m, nbits: nbits, iterations: iterations, seed: seed, threads: threads)
}

extension ProductQuantizer {
  /// Component j of a codeword.
  fileprivate func component(_ j: Int, of codeword: Int, subspace: Int) -> Double {
    Double(codebooks[row: subspace * dsub + j][codeword])
  }

  /// The code of one subspace of row `row`, read without the type's own unpacking.
  fileprivate func codeword(_ codes: [UInt8], row: Int, subspace: Int) -> Int {
    if nbits == 8 { return Int(codes[row * m + subspace]) }
    let byte = codes[row * (m / 2) + subspace / 2]
    return Int(subspace.isMultiple(of: 2) ? byte & 15 : byte >> 4)
  }
}

@Suite struct ProductQuantizerTests {
  // parity: S5.8
  @Test(arguments: [(12, 3, 8), (24, 6, 4), (3, 3, 8), (26, 2, 4), (32, 1, 8), (8, 8, 4)])
  func codesTheNearestCodewordOfEverySubspace(dimension: Int, m: Int, nbits: Int) {
    let vectors = RandomVectors.clustered.matrix(300, dimension: dimension, seed: 3)
    let quantizer = trained(vectors, m: m, nbits: nbits, iterations: 3)
    let codes = quantizer.encode(vectors, threads: 2)
    #expect(codes.count == vectors.rows * quantizer.bytesPerCode)
    #expect(quantizer.bytesPerCode == (nbits == 8 ? m : m / 2))
    for row in 0..<vectors.rows {
      let vector = vectors.array(row)
      for subspace in 0..<m {
        let distances = (0..<quantizer.ksub).map { codeword in
          (0..<quantizer.dsub).reduce(0.0) { sum, j in
            let difference =
              Double(vector[subspace * quantizer.dsub + j])
              - quantizer.component(j, of: codeword, subspace: subspace)
            return sum + difference * difference
          }
        }
        let chosen = distances[quantizer.codeword(codes, row: row, subspace: subspace)]
        #expect(chosen <= distances.min()! * (1 + 1e-5) + 1e-12)
      }
    }
  }

  @Test(arguments: [4, 8])
  func aVectorCodesAlikeAloneAndInABatch(nbits: Int) {
    let vectors = RandomVectors.uniform.matrix(287, dimension: 12, seed: 1)
    let quantizer = trained(vectors, m: 4, nbits: nbits, iterations: 3)
    let batch = quantizer.encode(vectors, threads: 2)
    let single = (0..<vectors.rows).flatMap { quantizer.encode(vectors[rows: $0..<$0 + 1], threads: 1) }
    #expect(single == batch)
  }

  @Test(arguments: [4, 8])
  func codingADecodedVectorGivesItsCode(nbits: Int) {
    let vectors = RandomVectors.clustered.matrix(300, dimension: 12, seed: 9)
    let quantizer = trained(vectors, m: 4, nbits: nbits)
    let codes = quantizer.encode(vectors, threads: 1)
    let decoded = quantizer.decode(codes, threads: 2)
    let again = quantizer.decode(quantizer.encode(decoded, threads: 1), threads: 1)
    for row in 0..<decoded.rows { #expect(decoded.array(row) == again.array(row)) }
    #expect(quantizer.meanSquaredError(of: decoded, codes: codes, threads: 2) == 0)
  }

  @Test func packsTwoCodesAByteLowNibbleFirst() {
    // Codeword c of every subspace is the number c.
    let codebooks = Matrix([[Float]](repeating: (0..<16).map(Float.init), count: 4))
    let quantizer = ProductQuantizer(codebooks: codebooks, m: 4, nbits: 4)
    #expect(quantizer.encode(Matrix([[1, 2, 3, 15], [0, 9, 14.6, -3]]), threads: 1) == [0x21, 0xF3, 0x90, 0x0F])
    #expect(quantizer.decode([0x21, 0xF3], threads: 1).array(0) == [1, 2, 3, 15])
  }

  @Test func tiesGoToTheLowerCodeword() {
    let codebooks = Matrix([[Float]](repeating: (0..<16).map { Float($0 / 2) }, count: 2))
    let quantizer = ProductQuantizer(codebooks: codebooks, m: 2, nbits: 4)
    let vectors = Matrix([[Float]](repeating: [3, 7], count: 37))
    #expect(quantizer.encode(vectors, threads: 1) == [UInt8](repeating: 6 | 14 << 4, count: 37))
  }

  @Test(arguments: [4, 8])
  func doesNotDependOnThreads(nbits: Int) {
    let vectors = RandomVectors.clustered.matrix(2100, dimension: 16, seed: 4)
    let one = trained(vectors, m: 2, nbits: nbits, iterations: 6, threads: 1)
    let three = trained(vectors, m: 2, nbits: nbits, iterations: 6, threads: 3)
    for row in 0..<16 { #expect(one.codebooks.array(row) == three.codebooks.array(row)) }
    #expect(one.encode(vectors, threads: 1) == one.encode(vectors, threads: 3))
    let other = trained(vectors, m: 2, nbits: nbits, iterations: 6, seed: 8)
    #expect((0..<16).contains { one.codebooks.array($0) != other.codebooks.array($0) })
  }

  @Test func errorFallsWithSubspacesBitsAndIterations() {
    let vectors = RandomVectors.uniform.matrix(500, dimension: 12, seed: 6)
    func error(m: Int, nbits: Int, iterations: Int = 10) -> Double {
      let quantizer = trained(vectors, m: m, nbits: nbits, iterations: iterations)
      return quantizer.meanSquaredError(of: vectors, codes: quantizer.encode(vectors, threads: 2), threads: 2)
    }
    let errors = [1, 2, 6].map { error(m: $0, nbits: 8) }
    #expect(errors[1] < 0.9 * errors[0])
    #expect(errors[2] < 0.9 * errors[1])
    #expect(errors[1] < 0.5 * error(m: 2, nbits: 4))
    #expect(error(m: 6, nbits: 4, iterations: 20) < error(m: 6, nbits: 4, iterations: 1))
  }

  @Test func errorsAreDistancesToDecodedVectors() {
    let vectors = RandomVectors.uniform.matrix(300, dimension: 12, seed: 6)
    let quantizer = trained(vectors, m: 4, nbits: 4)
    let codes = quantizer.encode(vectors, threads: 2)
    let decoded = quantizer.decode(codes, threads: 2)
    let errors = quantizer.squaredErrors(of: vectors, codes: codes, threads: 2)
    for row in 0..<vectors.rows {
      let expected = zip(vectors.array(row), decoded.array(row)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      #expect(abs(errors[row] - expected) <= 1e-5 * expected)
    }
    let mean = errors.reduce(0) { $0 + Double($1) } / 300
    #expect(quantizer.meanSquaredError(of: vectors, codes: codes, threads: 1) == mean)
  }

  @Test func identicalVectorsAreCodedExactly() {
    let vectors = Matrix([[Float]](repeating: [1, -2, 3.5, 0], count: 300))
    for nbits in [4, 8] {
      let quantizer = trained(vectors, m: 2, nbits: nbits)
      let codes = quantizer.encode(vectors, threads: 2)
      #expect(quantizer.meanSquaredError(of: vectors, codes: codes, threads: 2) == 0)
    }
  }

  @Test func constantDimensionsStayExact() {
    let noise = RandomVectors.uniform.matrix(400, dimension: 4, seed: 2)
    let vectors = Matrix((0..<400).map { noise.array($0) + [7, 7, 7, 7] })
    let quantizer = trained(vectors, m: 4, nbits: 8)
    let decoded = quantizer.decode(quantizer.encode(vectors, threads: 1), threads: 1)
    for row in 0..<400 { #expect(decoded.array(row)[4...] == [7, 7, 7, 7]) }
  }

  @Test func aFarOffsetCostsNoPrecision() {
    // Sixteen values a dimension around 10 000: each gets a codeword of its own.
    let vectors = Matrix((0..<320).map { [10_000 + Float($0 % 16) / 4, -10_000 - Float($0 / 16 % 16) / 4] })
    let quantizer = trained(vectors, m: 2, nbits: 8)
    let error = quantizer.meanSquaredError(of: vectors, codes: quantizer.encode(vectors, threads: 1), threads: 1)
    #expect(error < 1e-4)
  }

  @Test func hugeValuesGiveNoNaN() {
    let vectors = Matrix((0..<400).map { [$0 % 2 == 0 ? 3e38 : -3e38, Float($0), 1e30 * Float($0), -3.4e38] })
    for nbits in [4, 8] {
      let quantizer = trained(vectors, m: 2, nbits: nbits)
      for row in 0..<4 { #expect(quantizer.codebooks.array(row).allSatisfy { $0.isFinite }) }
      #expect(quantizer.decode(quantizer.encode(vectors, threads: 1), threads: 1).rows == 400)
    }
  }

  @Test func anEmptyMatrixHasNoCodes() {
    let quantizer = trained(RandomVectors.uniform.matrix(40, dimension: 4, seed: 2), m: 2, nbits: 4)
    let none = Matrix(rows: 0, columns: 4) { _ in }
    #expect(quantizer.encode(none, threads: 2) == [])
    #expect(quantizer.decode([], threads: 2).rows == 0)
    #expect(quantizer.meanSquaredError(of: none, codes: [], threads: 2) == 0)
  }

  // parity: S1.2
  @Test func knowsWhichShapesFit() {
    #expect(ProductQuantizer.isValid(dimension: 96, m: 32, nbits: 8))
    #expect(ProductQuantizer.isValid(dimension: 96, m: 3, nbits: 8))
    #expect(ProductQuantizer.isValid(dimension: 96, m: 32, nbits: 4))
    #expect(!ProductQuantizer.isValid(dimension: 96, m: 3, nbits: 4))
    #expect(!ProductQuantizer.isValid(dimension: 96, m: 36, nbits: 8))
    #expect(!ProductQuantizer.isValid(dimension: 96, m: 0, nbits: 8))
    #expect(!ProductQuantizer.isValid(dimension: 0, m: 1, nbits: 8))
    #expect(!ProductQuantizer.isValid(dimension: 96, m: 32, nbits: 5))
    #expect(ProductQuantizer.minimumTrainingVectors(nbits: 8) == 256)
    #expect(ProductQuantizer.minimumTrainingVectors(nbits: 4) == 16)
  }
}
