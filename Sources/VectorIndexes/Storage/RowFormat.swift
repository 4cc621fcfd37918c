import VectorCore

/// How one vector is laid out in a list: d floats, d bits when all components are 0 or 1, or not at all.
struct RowFormat: Equatable {
  enum Encoding {
    case floats, bits
    /// The list keeps codes only.
    case absent
  }

  let encoding: Encoding
  let dimension: Int

  /// 64-bit words of a row of bits; the bits past the last component are 0.
  var words: Int { (dimension + 63) / 64 }

  var rowBytes: Int {
    switch encoding {
    case .floats: dimension * MemoryLayout<Float>.stride
    case .bits: words * MemoryLayout<UInt64>.stride
    case .absent: 0
    }
  }

  /// Writes `vector`, d floats, as one row; −0 becomes +0, and the components of a row of bits are 0 or 1.
  func write(_ vector: UnsafePointer<Float>, to row: UnsafeMutableRawPointer) {
    switch encoding {
    case .floats:
      let floats = row.bindMemory(to: Float.self, capacity: dimension)
      for component in 0..<dimension { floats[component] = vector[component] + 0 }
    case .bits:
      Self.pack(vector, count: dimension, into: row.bindMemory(to: UInt64.self, capacity: words)) { $0 != 0 }
    case .absent:
      break
    }
  }

  /// Writes one row as d floats to `vector`.
  func read(_ row: UnsafeRawPointer, into vector: UnsafeMutablePointer<Float>) {
    switch encoding {
    case .floats:
      vector.initialize(from: row.assumingMemoryBound(to: Float.self), count: dimension)
    case .bits:
      let bits = row.assumingMemoryBound(to: UInt64.self)
      for component in 0..<dimension { vector[component] = Float(bits[component / 64] >> (component % 64) & 1) }
    case .absent:
      preconditionFailure("a list of codes keeps no vectors")
    }
  }

  /// Sets bit i of `bits`, ⌈count / 64⌉ words, where component i is accepted, and clears all others.
  static func pack(
    _ vector: UnsafePointer<Float>, count: Int, into bits: UnsafeMutablePointer<UInt64>, where accepts: (Float) -> Bool
  ) {
    for start in stride(from: 0, to: count, by: 64) {
      var word: UInt64 = 0
      for component in start..<min(start + 64, count) where accepts(vector[component]) {
        word |= 1 << UInt64(component - start)
      }
      bits[start / 64] = word
    }
  }
}
