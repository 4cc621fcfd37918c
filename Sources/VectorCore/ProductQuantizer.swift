import CKernels

/// A product quantiser: divides a vector into m parts of d/m components and encodes each by the nearest of ksub
/// codewords.
///
/// Codes are row-major: m bytes per vector with 8 bits; m/2 bytes with 4 bits, two codes per byte, low nibble first.
///
/// Source: Jégou, Douze and Schmid, "Product quantization for nearest neighbor search", IEEE TPAMI 33(1), 2011,
/// doi:10.1109/TPAMI.2010.57.
public struct ProductQuantizer: Sendable {
  /// The number of subspaces.
  public let m: Int
  /// The number of bits of a code: 8 or 4.
  public let nbits: Int
  /// The codebooks (m, dsub, ksub) as d × ksub: row i holds component i of the ksub codewords of subspace i / dsub.
  ///
  /// They are transposed, because distance tables and encoding load one component of many codewords into a register.
  public let codebooks: Matrix
  /// The cost of an error along a vector's direction relative to one across it, minus 1; 0 is the squared error.
  public let parallelWeight: Float

  /// The number of dimensions, d.
  public var dimension: Int { codebooks.rows }
  /// The number of codewords of a subspace: 256 or 16.
  public var ksub: Int { codebooks.columns }
  /// The number of dimensions of a subspace, d/m.
  public var dsub: Int { dimension / m }
  /// The number of bytes of one vector's code.
  public var bytesPerCode: Int { m * nbits / 8 }

  /// Makes a quantiser from trained codebooks, with the layout of ``codebooks``.
  ///
  /// - Precondition: ``isValid(dimension:m:nbits:)``; `codebooks` has 2^nbits columns.
  public init(codebooks: Matrix, m: Int, nbits: Int, parallelWeight: Float = 0) {
    precondition(
      Self.isValid(dimension: codebooks.rows, m: m, nbits: nbits),
      "m = \(m) subquantisers of \(nbits) bits do not divide \(codebooks.rows) dimensions")
    precondition(codebooks.columns == 1 << nbits, "\(codebooks.columns) codewords of \(nbits) bits")
    precondition(parallelWeight >= 0, "a parallel weight of \(parallelWeight)")
    self.codebooks = codebooks
    self.m = m
    self.nbits = nbits
    self.parallelWeight = parallelWeight
  }

  /// Whether m parts of 4 or 8 bits are possible for the dimension: m divides it, and is even with 4 bits.
  public static func isValid(dimension: Int, m: Int, nbits: Int) -> Bool {
    guard dimension > 0, m > 0, dimension.isMultiple(of: m) else { return false }
    return nbits == 8 || (nbits == 4 && m.isMultiple(of: 2))
  }

  /// The code of subspace `subspace` in the code of one vector, ``bytesPerCode`` bytes.
  func codeword(_ subspace: Int, in code: UnsafePointer<UInt8>) -> Int {
    guard nbits == 4 else { return Int(code[subspace]) }
    return Int(code[subspace >> 1] >> UInt8((subspace & 1) * 4)) & 15
  }

  /// Decodes a code of ``bytesPerCode`` bytes to a vector of d floats. - Complexity: O(d).
  public func decode(_ code: UnsafePointer<UInt8>, into vector: UnsafeMutablePointer<Float>) {
    let (ksub, dsub) = (ksub, dsub)
    for subspace in 0..<m {
      let components = codebooks.baseAddress + subspace * dsub * ksub + codeword(subspace, in: code)
      for j in 0..<dsub { vector[subspace * dsub + j] = components[j * ksub] }
    }
  }

  /// Decodes n codes to vectors, n × d. - Complexity: O(n·d).
  public func decode(_ codes: [UInt8], threads: Int) -> Matrix {
    let count = codes.count / bytesPerCode
    precondition(codes.count == count * bytesPerCode, "\(codes.count) bytes are no codes of \(bytesPerCode)")
    return Matrix(rows: count, columns: dimension) { floats in
      codes.withUnsafeBufferPointer { codes in
        guard let base = codes.baseAddress, count > 0 else { return }
        let (codes, floats) = (Shared(base), Disjoint(floats))
        parallelChunks(of: count, chunk: 1024, threads: threads) { _, rows in
          for row in rows { decode(codes.pointer + row * bytesPerCode, into: floats.address(row * dimension)) }
        }
      }
    }
  }

  /// The squared error ‖x − x̂‖² of each row of `vectors`, n × d, where x̂ is decoded. - Complexity: O(n·d).
  public func squaredErrors(of vectors: Matrix, codes: [UInt8], threads: Int) -> [Float] {
    precondition(vectors.columns == dimension, "vectors of \(vectors.columns) dimensions, not \(dimension)")
    precondition(codes.count == vectors.rows * bytesPerCode, "codes of other vectors")
    return [Float](unsafeUninitializedCapacity: vectors.rows) { errors, count in
      count = vectors.rows
      codes.withUnsafeBufferPointer { codes in
        guard let base = codes.baseAddress, vectors.rows > 0 else { return }
        let (codes, errors) = (Shared(base), Disjoint(errors))
        parallelChunks(of: vectors.rows, chunk: 1024, threads: threads) { _, rows in
          withUnsafeTemporaryAllocation(of: Float.self, capacity: dimension) { decoded in
            for row in rows {
              decode(codes.pointer + row * bytesPerCode, into: decoded.baseAddress!)
              Kernels.active.l2_f32(
                vectors.baseAddress + row * dimension, decoded.baseAddress!, 1, dimension, errors.address(row))
            }
          }
        }
      }
    }
  }

  /// The mean of ‖x − x̂‖² over the rows of `vectors`, n × d, summed in Float64; 0 if there are no vectors.
  public func meanSquaredError(of vectors: Matrix, codes: [UInt8], threads: Int) -> Double {
    let errors = squaredErrors(of: vectors, codes: codes, threads: threads)
    return errors.isEmpty ? 0 : errors.reduce(0) { $0 + Double($1) } / Double(errors.count)
  }
}
