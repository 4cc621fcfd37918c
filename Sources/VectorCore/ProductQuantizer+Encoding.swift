import CKernels

extension ProductQuantizer {
  /// Encodes the rows of `vectors`, n × d, to n × ``bytesPerCode`` bytes, row-major.
  ///
  /// - Parameter directions: n × d, the vectors whose directions ``parallelWeight`` refers to; `nil`: `vectors`. They
  ///   differ from `vectors` if residuals are encoded.
  /// - Complexity: O(n·d·ksub).
  public func encode(_ vectors: Matrix, directions: Matrix? = nil, threads: Int) -> [UInt8] {
    precondition(vectors.columns == dimension, "vectors of \(vectors.columns) dimensions, not \(dimension)")
    if let directions {
      precondition(directions.rows == vectors.rows && directions.columns == dimension, "directions of other vectors")
    }
    return [UInt8](unsafeUninitializedCapacity: vectors.rows * bytesPerCode) { codes, count in
      count = vectors.rows * bytesPerCode
      let codes = Disjoint(codes)
      parallelChunks(of: vectors.rows, chunk: 1024, threads: threads) { _, rows in
        let first = rows.lowerBound * dimension
        encode(
          vectors.baseAddress + first, directions: directions.map { $0.baseAddress + first }, count: rows.count,
          into: codes.address(rows.lowerBound * bytesPerCode))
      }
    }
  }

  /// Encodes `count` rows, count × d, to count × ``bytesPerCode`` bytes, on the calling thread.
  ///
  /// The code of a row depends only on the row and its direction.
  public func encode(
    _ rows: UnsafePointer<Float>, directions: UnsafePointer<Float>? = nil, count: Int,
    into codes: UnsafeMutablePointer<UInt8>
  ) {
    let block = min(count, EncodingBlock.capacity)
    guard block > 0 else { return }
    let search = EncodingBlock(self, capacity: block)
    for start in stride(from: 0, to: count, by: block) {
      search.run(
        rows + start * dimension, directions: (directions ?? rows) + start * dimension,
        count: min(block, count - start))
      search.pack(into: codes + start * bytesPerCode)
    }
  }
}

/// The working memory for encoding a block of vectors, stored component-major so that every vector has its own lane.
private final class EncodingBlock {
  /// The number of vectors in a block; their components and a subspace's codebook fit into the L2 cache.
  static let capacity = 64
  /// The greatest number of rounds over an anisotropic code; about three are enough for it to become stable.
  private static let mostRounds = 10

  private let quantizer: ProductQuantizer
  private let kernels = Kernels.active
  private let stride: Int
  private var count = 0
  /// The components, d × stride.
  private let vectors: UnsafeMutablePointer<Float>
  /// The codes, m × stride.
  private let codes: UnsafeMutablePointer<UInt8>
  /// For the anisotropic loss: unit directions, d × stride; error of each subspace along them, m × stride; their sum.
  private let directions: UnsafeMutablePointer<Float>
  private let parts: UnsafeMutablePointer<Float>
  private let sums: UnsafeMutablePointer<Float>

  init(_ quantizer: ProductQuantizer, capacity: Int) {
    self.quantizer = quantizer
    stride = capacity
    let directed = quantizer.parallelWeight > 0 ? capacity : 0
    vectors = .allocate(capacity: quantizer.dimension * capacity)
    codes = .allocate(capacity: quantizer.m * capacity)
    directions = .allocate(capacity: quantizer.dimension * directed)
    parts = .allocate(capacity: quantizer.m * directed)
    sums = .allocate(capacity: directed)
  }

  deinit {
    vectors.deallocate()
    codes.deallocate()
    directions.deallocate()
    parts.deallocate()
    sums.deallocate()
  }

  /// Encodes `count` ≤ capacity rows.
  func run(_ rows: UnsafePointer<Float>, directions towards: UnsafePointer<Float>, count: Int) {
    self.count = count
    let (dsub, ksub) = (quantizer.dsub, quantizer.ksub)
    transpose(rows, to: vectors)
    for subspace in 0..<quantizer.m {
      kernels.nearest_codeword_f32(
        vectors + subspace * dsub * stride, stride, count, dsub,
        quantizer.codebooks.baseAddress + subspace * dsub * ksub, ksub, codes + subspace * stride)
    }
    guard quantizer.parallelWeight > 0 else { return }
    transpose(towards, to: directions)
    normalizeDirections()
    descend()
  }

  /// Writes the codes row-major, packed as the quantiser specifies.
  func pack(into packed: UnsafeMutablePointer<UInt8>) {
    let bytes = quantizer.bytesPerCode
    if quantizer.nbits == 8 {
      for row in 0..<count { for byte in 0..<bytes { packed[row * bytes + byte] = codes[byte * stride + row] } }
    } else {
      for row in 0..<count {
        for byte in 0..<bytes {
          let pair = codes + 2 * byte * stride + row
          packed[row * bytes + byte] = pair[0] | pair[stride] << 4
        }
      }
    }
  }

  private func transpose(_ rows: UnsafePointer<Float>, to columns: UnsafeMutablePointer<Float>) {
    let dimension = quantizer.dimension
    for component in 0..<dimension {
      let column = columns + component * stride
      for row in 0..<count { column[row] = rows[row * dimension + component] }
    }
  }

  /// Scales every direction to length 1; a zero vector stays zero.
  private func normalizeDirections() {
    for row in 0..<count {
      var squared = 0.0
      for component in 0..<quantizer.dimension {
        let value = Double(directions[component * stride + row])
        squared += value * value
      }
      let scale = squared > 0 ? 1 / squared.squareRoot() : 0
      for component in 0..<quantizer.dimension {
        let place = directions + component * stride + row
        place.pointee = Float(Double(place.pointee) * scale)
      }
    }
  }

  /// Coordinate descent: for each subspace in turn, takes the best codeword given the codes of the other subspaces.
  private func descend() {
    let (dsub, ksub) = (quantizer.dsub, quantizer.ksub)
    for row in 0..<count { sums[row] = 0 }
    for subspace in 0..<quantizer.m {
      for row in 0..<count {
        let part = errorAlongDirection(row, subspace)
        parts[subspace * stride + row] = part
        sums[row] += part
      }
    }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: stride) { chosen in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: stride) { others in
        for _ in 0..<Self.mostRounds {
          var changed = false
          for subspace in 0..<quantizer.m {
            for row in 0..<count { others[row] = sums[row] - parts[subspace * stride + row] }
            kernels.cheapest_codeword_f32(
              vectors + subspace * dsub * stride, directions + subspace * dsub * stride, stride, count, dsub,
              quantizer.codebooks.baseAddress + subspace * dsub * ksub, ksub, others.baseAddress!,
              quantizer.parallelWeight, chosen.baseAddress!)
            for row in 0..<count where chosen[row] != codes[subspace * stride + row] {
              codes[subspace * stride + row] = chosen[row]
              let part = errorAlongDirection(row, subspace)
              parts[subspace * stride + row] = part
              sums[row] = others[row] + part
              changed = true
            }
          }
          if !changed { return }
        }
      }
    }
  }

  /// u·(x − c) over one subspace.
  private func errorAlongDirection(_ row: Int, _ subspace: Int) -> Float {
    let (dsub, ksub) = (quantizer.dsub, quantizer.ksub)
    let codeword = quantizer.codebooks.baseAddress + subspace * dsub * ksub + Int(codes[subspace * stride + row])
    var sum: Float = 0
    for j in 0..<dsub {
      let place = (subspace * dsub + j) * stride + row
      sum += directions[place] * (vectors[place] - codeword[j * ksub])
    }
    return sum
  }
}
