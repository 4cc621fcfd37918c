import CKernels
import VectorCore

/// Measures single rows of a list, a few at a time so that memory answers for all of them at once.
struct ExactDistances {
  /// Rows that are measured at once.
  static let width = 8

  let list: VectorList
  let metric: Metric
  let dimension: Int
  let query: UnsafePointer<Float>
  /// `width` rows that wait, and room for their distances.
  let rows: UnsafeMutablePointer<UInt32>
  let distances: UnsafeMutablePointer<Float>
  private var count = 0

  init(list: VectorList, metric: Metric, query: UnsafePointer<Float>, scratch: ScanScratch) {
    self.list = list
    self.metric = metric
    self.query = query
    dimension = scratch.query.dimension
    rows = scratch.rows
    distances = scratch.distances
  }

  /// Takes one more row; returns whether rows have been measured, so that the answer may have changed.
  @discardableResult
  mutating func add(_ row: Int, into answer: inout TopK) -> Bool {
    rbk_prefetch(list.row(row), dimension * MemoryLayout<Float>.stride)
    rows[count] = UInt32(row)
    count += 1
    guard count == Self.width else { return false }
    finish(into: &answer)
    return true
  }

  /// Measures the rows that wait.
  mutating func finish(into answer: inout TopK) {
    guard count > 0 else { return }
    VectorIndexes.distances(
      metric, from: query, to: list.row(0).assumingMemoryBound(to: Float.self), at: rows, count: count,
      dimension: dimension, into: distances)
    // Not `<=`: a distance that is not a number goes to the answer, which takes it for infinite.
    for index in 0..<count where !(distances[index] > answer.threshold) {
      let row = Int(rows[index])
      answer.offer(Neighbor(distance: distances[index], sequence: list.sequences[row], id: list.ids[row]))
    }
    count = 0
  }
}
