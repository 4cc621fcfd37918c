import CKernels
import VectorCore

/// Computes exact distances of single rows of a list, a few at a time so that their memory accesses overlap.
struct ExactDistances {
  /// The number of rows whose distances are computed together.
  static let width = 8

  let list: VectorList
  let metric: Metric
  let dimension: Int
  let query: UnsafePointer<Float>
  /// The waiting rows, room for their addresses, and for their distances.
  let rows: UnsafeMutablePointer<UInt32>
  let addresses: UnsafeMutablePointer<UnsafeRawPointer>
  let distances: UnsafeMutablePointer<Float>
  private var count = 0

  init(list: VectorList, metric: Metric, query: UnsafePointer<Float>, scratch: ScanScratch) {
    self.list = list
    self.metric = metric
    self.query = query
    dimension = scratch.query.dimension
    rows = scratch.rows
    addresses = scratch.addresses
    distances = scratch.distances
  }

  /// Adds one row; returns whether distances were computed, so that the answer may have changed.
  @discardableResult
  mutating func add(_ row: Int, into answer: inout TopK) -> Bool {
    rows[count] = UInt32(row)
    rbk_prefetch(list.row(row), dimension * MemoryLayout<Float>.stride)
    count += 1
    guard count == Self.width else { return false }
    finish(into: &answer)
    return true
  }

  /// Computes the distances of marked rows, all together: they are expected to be in a cache.
  ///
  /// - Parameter marks: bit i of all words is that of row `start` + i; at most `ScanScratch.blockRows` bits.
  mutating func addMarked(_ marks: UnsafeBufferPointer<UInt64>, from start: Int, into answer: inout TopK) {
    for (word, bits) in marks.enumerated() {
      var left = bits
      while left != 0 {
        rows[count] = UInt32(start + word * UInt64.bitWidth + left.trailingZeroBitCount)
        left &= left - 1
        count += 1
      }
    }
    finish(into: &answer)
  }

  /// Computes the distances of the waiting rows.
  mutating func finish(into answer: inout TopK) {
    guard count > 0 else { return }
    for index in 0..<count { addresses[index] = list.row(Int(rows[index])) }
    VectorIndexes.distances(
      metric, from: query, to: addresses, of: .floats, count: count, dimension: dimension, into: distances)
    // With `<=`, a NaN distance would be dropped; the answer must receive it and take it as infinite.
    for index in 0..<count where !(distances[index] > answer.threshold) {
      let row = Int(rows[index])
      answer.offer(Neighbor(distance: distances[index], sequence: list.sequences[row], id: list.ids[row]))
    }
    count = 0
  }
}
