import VectorCore

/// The query of the present search, in every form that the scans of an index need; memory is kept between queries.
struct PreparedQuery: ~Copyable {
  let dimension: Int
  let metric: Metric
  /// The query, d floats; of unit length under `angular`.
  let vector: UnsafeMutablePointer<Float>
  /// Room for one row of 16-bit floats, converted to floats.
  private let widened: UnsafeMutablePointer<Float>
  /// Whether the query has neighbours; false for an all-zero query under `angular`.
  private(set) var hasNeighbors = true
  /// Under `hamming`: bit i is set if component i is 1.
  private let ones: UnsafeMutablePointer<UInt64>
  /// Under `hamming`: bit i is set if component i is 0 or 1.
  private let binary: UnsafeMutablePointer<UInt64>
  /// Under `hamming`: the number of components that are neither 0 nor 1, and so differ from every row of bits.
  private var otherCount = 0

  init(dimension: Int, metric: Metric) {
    self.dimension = dimension
    self.metric = metric
    vector = .allocate(capacity: dimension)
    vector.initialize(repeating: 0, count: dimension)
    widened = .allocate(capacity: dimension)
    let words = metric == .hamming ? (dimension + 63) / 64 : 0
    ones = .allocate(capacity: words)
    binary = .allocate(capacity: words)
  }

  deinit {
    vector.deallocate()
    widened.deallocate()
    ones.deallocate()
    binary.deallocate()
  }

  /// Copies a query prepared for the same metric, or for a metric that does not change vectors.
  mutating func adopt(_ other: borrowing PreparedQuery) {
    vector.update(from: other.vector, count: dimension)
    hasNeighbors = other.hasNeighbors
  }

  /// Copies a prepared query of d floats.
  mutating func adopt(prepared: UnsafePointer<Float>, hasNeighbors: Bool = true) {
    vector.update(from: prepared, count: dimension)
    self.hasNeighbors = hasNeighbors
  }

  /// Sets a new query of d finite floats and prepares it. - Complexity: O(d).
  mutating func set(_ query: Span<Float>) {
    precondition(query.count == dimension, "a query of \(query.count) components, not \(dimension)")
    query.withUnsafeBufferPointer { query in
      guard let query = query.baseAddress else { return }
      switch metric {
      case .angular:
        hasNeighbors = normalize(query, count: dimension, into: vector)
      case .euclidean, .dot, .manhattan:
        vector.update(from: query, count: dimension)
      case .hamming:
        vector.update(from: query, count: dimension)
        RowFormat.pack(query, count: dimension, into: ones) { $0 == 1 }
        RowFormat.pack(query, count: dimension, into: binary) { $0 == 0 || $0 == 1 }
        otherCount = dimension
        for word in 0..<(dimension + 63) / 64 { otherCount -= binary[word].nonzeroBitCount }
      }
    }
  }

  /// The distances by which neighbours are compared, to `count` contiguous rows with this format, into `out`.
  func distances(
    to rows: UnsafeRawPointer, count: Int, format: RowFormat, into out: UnsafeMutablePointer<Float>
  ) {
    switch format.encoding {
    case .floats:
      VectorIndexes.distances(
        metric, from: vector, to: rows.assumingMemoryBound(to: Float.self), count: count, dimension: dimension,
        into: out)
    case .halves, .bytes:
      withUnsafeTemporaryAllocation(of: UnsafeRawPointer.self, capacity: Self.together) { addresses in
        for start in stride(from: 0, to: count, by: Self.together) {
          let some = min(Self.together, count - start)
          for row in 0..<some { addresses[row] = rows + (start + row) * format.rowBytes }
          distances(toRowsAt: addresses.baseAddress!, count: some, format: format, into: out + start)
        }
      }
    case .bits:
      bitDistances(to: rows.assumingMemoryBound(to: UInt64.self), count: count, words: format.words, into: out)
    case .absent:
      preconditionFailure("a list of codes keeps no vectors")
    }
  }

  /// The number of contiguous rows that are compared together, if their format has no kernel for contiguous rows.
  private static let together = 8

  /// The same distances to the rows at `count` addresses, four at a time; not under `hamming`.
  ///
  /// - Complexity: O(count·d).
  func distances(
    toRowsAt addresses: UnsafePointer<UnsafeRawPointer>, count: Int, format: RowFormat,
    into out: UnsafeMutablePointer<Float>
  ) {
    VectorIndexes.distances(
      metric, from: vector, to: addresses, of: format.encoding, count: count, dimension: dimension, into: out)
    guard format.encoding == .halves else { return }
    for row in 0..<count where format.scaleOfHalves(addresses[row]) != 1 {
      format.read(addresses[row], into: widened)
      VectorIndexes.distances(metric, from: vector, to: widened, count: 1, dimension: dimension, into: out + row)
    }
  }

  private func bitDistances(
    to rows: UnsafePointer<UInt64>, count: Int, words: Int, into out: UnsafeMutablePointer<Float>
  ) {
    guard otherCount > 0 else {
      // The counts are written to the memory of the distances, which have the same width.
      out.withMemoryRebound(to: UInt32.self, capacity: count) { counts in
        Kernels.active.hamming_u64(ones, rows, count, words, counts)
      }
      let counts = UnsafeRawPointer(out)
      for row in 0..<count {
        out[row] = Float(counts.load(fromByteOffset: 4 * row, as: UInt32.self)) / Float(dimension)
      }
      return
    }
    for row in 0..<count {
      var differing = otherCount
      for word in 0..<words {
        differing += ((ones[word] ^ rows[row * words + word]) & binary[word]).nonzeroBitCount
      }
      out[row] = Float(differing) / Float(dimension)
    }
  }
}
