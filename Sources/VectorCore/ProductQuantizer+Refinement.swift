extension ProductQuantizer {
  /// The quantiser with every codeword moved to the mean of the vectors encoded with it, as in Lloyd's algorithm.
  ///
  /// A codeword without vectors does not move. Sums are in Float64, in the order of the rows, so the result does not
  /// depend on the number of threads. - Complexity: O(n·d).
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

  /// The quantiser with every codeword moved to where its vectors have the least anisotropic loss.
  ///
  /// The subspaces of a vector share its error along its direction, so they are optimised in turn. Given the others,
  /// the best place of a codeword is the solution of dsub linear equations. The total cost never increases.
  /// - Complexity: O(n·d·dsub + d·ksub·dsub²).
  func movingCodewords(
    to vectors: Matrix, directions: Matrix, codes: [UInt8], threads: Int
  ) -> ProductQuantizer {
    let units = directions.normalized(threads: threads)
    var along = errorsAlong(directions, of: vectors, codes: codes, threads: threads)
    let moved = Matrix(rows: dimension, columns: ksub) { floats in
      _ = floats.initialize(from: UnsafeBufferPointer(start: codebooks.baseAddress, count: dimension * ksub))
      along.withUnsafeMutableBufferPointer { along in
        for subspace in 0..<m {
          moveCodewords(
            of: subspace, vectors: vectors, units: units, codes: codes, codebooks: Disjoint(floats),
            along: Disjoint(along), threads: threads)
        }
      }
    }
    return ProductQuantizer(codebooks: moved, m: m, nbits: nbits, parallelWeight: parallelWeight)
  }

  /// The error u·(x − x̂) of each row, where u is the unit vector of its direction; 0 for a zero direction.
  func errorsAlong(_ directions: Matrix, of vectors: Matrix, codes: [UInt8], threads: Int) -> [Double] {
    let decoded = decode(codes, threads: threads)
    return (0..<vectors.rows).map { row in
      let place = row * dimension
      let (x, y, u) = (vectors.baseAddress + place, decoded.baseAddress + place, directions.baseAddress + place)
      var (product, squared) = (0.0, 0.0)
      for j in 0..<dimension {
        product += Double(u[j]) * (Double(x[j]) - Double(y[j]))
        squared += Double(u[j]) * Double(u[j])
      }
      return squared > 0 ? product / squared.squareRoot() : 0
    }
  }

  /// Moves the codewords of one subspace, and updates every row's error along its direction.
  private func moveCodewords(
    of subspace: Int, vectors: Matrix, units: Matrix, codes: [UInt8], codebooks: Disjoint<Float>,
    along: Disjoint<Double>, threads: Int
  ) {
    let (ksub, dsub, weight) = (ksub, dsub, Double(parallelWeight))
    let labels = codes.withUnsafeBufferPointer { codes in
      (0..<vectors.rows).map { UInt8(codeword(subspace, in: codes.baseAddress! + $0 * bytesPerCode)) }
    }
    // Each thread takes some codewords and reads all labels, so sums are in the order of the rows.
    parallelChunks(of: ksub, chunk: max(4, ksub / 8), threads: threads) { _, range in
      var sizes = [Int](repeating: 0, count: range.count)
      var systems = [LinearSystem](repeating: LinearSystem(size: dsub), count: range.count)
      func share(_ units: UnsafePointer<Float>, _ codeword: Int) -> Double {
        (0..<dsub).reduce(0) { $0 + Double(units[$1]) * Double(codebooks[(subspace * dsub + $1) * ksub + codeword]) }
      }
      for row in 0..<vectors.rows where range.contains(Int(labels[row])) {
        let codeword = Int(labels[row])
        let place = row * dimension + subspace * dsub
        let units = units.baseAddress + place
        // The error without the codeword of this subspace, which its u·c has to compensate.
        along[row] += share(units, codeword)
        sizes[codeword - range.lowerBound] += 1
        systems[codeword - range.lowerBound].add(
          vector: vectors.baseAddress + place, unit: units, weight: weight, target: along[row])
      }
      for (offset, codeword) in range.enumerated() where sizes[offset] > 0 {
        for (j, component) in systems[offset].solution().enumerated() {
          codebooks[(subspace * dsub + j) * ksub + codeword] = Float(component)
        }
      }
      for row in 0..<vectors.rows where range.contains(Int(labels[row])) {
        along[row] -= share(units.baseAddress + row * dimension + subspace * dsub, Int(labels[row]))
      }
    }
  }
}

/// The normal equations of one codeword c: Σ (1 + w·u·uᵀ)·c = Σ x + w·t·u, over the vectors coded with it.
private struct LinearSystem {
  private let size: Int
  private var matrix: [Double]
  private var right: [Double]

  init(size: Int) {
    self.size = size
    matrix = Array(repeating: 0, count: size * size)
    right = Array(repeating: 0, count: size)
  }

  mutating func add(vector: UnsafePointer<Float>, unit: UnsafePointer<Float>, weight: Double, target: Double) {
    for i in 0..<size {
      let scaled = weight * Double(unit[i])
      for j in 0...i { matrix[i * size + j] += scaled * Double(unit[j]) }
      matrix[i * size + i] += 1
      right[i] += Double(vector[i]) + scaled * target
    }
  }

  /// Solved by Cholesky's factorisation. The matrix is at least a positive multiple of the identity, so no pivot
  /// vanishes.
  consuming func solution() -> [Double] {
    for i in 0..<size {
      for j in 0...i {
        var sum = matrix[i * size + j]
        for k in 0..<j { sum -= matrix[i * size + k] * matrix[j * size + k] }
        matrix[i * size + j] = i == j ? sum.squareRoot() : sum / matrix[j * size + j]
      }
    }
    for i in 0..<size {
      for k in 0..<i { right[i] -= matrix[i * size + k] * right[k] }
      right[i] /= matrix[i * size + i]
    }
    for i in (0..<size).reversed() {
      for k in i + 1..<size { right[i] -= matrix[k * size + i] * right[k] }
      right[i] /= matrix[i * size + i]
    }
    return right
  }
}

extension Matrix {
  /// Every row scaled to length 1; a zero row stays zero.
  fileprivate func normalized(threads: Int) -> Matrix {
    Matrix(rows: rows, columns: columns) { floats in
      let floats = Disjoint(floats)
      parallelChunks(of: rows, chunk: 1024, threads: threads) { _, chunk in
        for row in chunk {
          let source = baseAddress + row * columns
          var squared = 0.0
          for column in 0..<columns { squared += Double(source[column]) * Double(source[column]) }
          let scale = squared > 0 ? 1 / squared.squareRoot() : 0
          for column in 0..<columns { floats[row * columns + column] = Float(Double(source[column]) * scale) }
        }
      }
    }
  }
}
