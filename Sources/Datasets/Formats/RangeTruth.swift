import Foundation
import VectorCore

/// `.rangeres`, the truth of range searches: for each query all rows within a radius, a different number for each.
///
/// The number of queries and the total as int32, the counts as int32, then all ids as int32 and all distances as
/// float32. As a table, the rows of a query are ordered by distance, and padded with −1 to the largest count.
///
/// Source: `range_result_read` in `benchmark/dataset_io.py`, https://github.com/harsha-simhadri/big-ann-benchmarks.
enum RangeTruth {
  /// - Throws: `DatasetError.cannotRead`, `table`, `tooLarge`. - Complexity: O(q).
  static func open(_ path: String, part: String) throws(DatasetError) -> TableFile.Tables {
    let file = try FileBytes(mapping: path)
    let whole = file.bytes
    let starts = try withTableFaults(path) { () throws(TableFault) in try self.starts(whole.bytes) }
    let queries = starts.count - 1
    let depth = max(zip(starts, starts.dropFirst()).map { $1 - $0 }.max() ?? 0, 1)
    guard Double(queries) * Double(depth) * 8 < Double(ProcessInfo.processInfo.physicalMemory) else {
      throw .tooLarge(path: path, part: part, rows: queries, columns: depth)
    }
    let firstID = 8 + 4 * queries
    let firstDistance = firstID + 4 * starts[queries]
    /// The ids and the distances of some queries.
    @Sendable func read(_ range: Range<Int>) -> (ids: [Int32], distances: [Float]) {
      var ids = [Int32](repeating: -1, count: range.count * depth)
      var distances = [Float](repeating: .infinity, count: range.count * depth)
      for (number, query) in range.enumerated() {
        let found = (starts[query]..<starts[query + 1]).map { place in
          (
            distance: Float(
              bitPattern: UInt32(
                littleEndian: file.bytes.loadUnaligned(fromByteOffset: firstDistance + 4 * place, as: UInt32.self))),
            id: Int32(littleEndian: file.bytes.loadUnaligned(fromByteOffset: firstID + 4 * place, as: Int32.self))
          )
        }
        for (place, neighbor) in found.sorted(by: { ($0.distance, $0.id) < ($1.distance, $1.id) }).enumerated() {
          ids[number * depth + place] = neighbor.id
          distances[number * depth + place] = neighbor.distance
        }
      }
      return (ids, distances)
    }
    return (
      MemoryTable(path: path, part: part, rows: queries, columns: depth, elementType: .int32) { range in
        read(range).ids.withUnsafeBytes { Array($0) }
      },
      MemoryTable(path: path, part: "distances", rows: queries, columns: depth, elementType: .float32) { range in
        read(range).distances.withUnsafeBytes { Array($0) }
      }
    )
  }

  /// Where the rows of each query start, and where the last one's end.
  private static func starts(_ bytes: RawSpan) throws(TableFault) -> [Int] {
    guard let queries = bytes.integer(at: 0, as: Int32.self), let total = bytes.integer(at: 4, as: Int32.self) else {
      throw .headerCut(bytes: bytes.byteCount, needed: 8)
    }
    guard queries > 0 else { throw .impossibleCount(of: "the number of queries", value: Int(queries)) }
    guard total >= 0 else { throw .impossibleCount(of: "the number of results", value: Int(total)) }
    let needed = 8 + 4 * Int(queries) + 8 * Int(total)
    guard bytes.byteCount == needed else {
      throw .wrongSize(rows: Int(queries), columns: Int(total), bytes: bytes.byteCount, needed: [needed])
    }
    var starts = [0]
    starts.reserveCapacity(Int(queries) + 1)
    for query in 0..<Int(queries) {
      let count = Int(bytes.integer(at: 8 + 4 * query, as: Int32.self) ?? -1)
      guard count >= 0, count <= Int(total) - starts[query] else {
        throw .impossibleCount(of: "the number of results of query \(query)", value: count)
      }
      starts.append(starts[query] + count)
    }
    guard starts[Int(queries)] == Int(total) else {
      throw .impossibleCount(of: "the number of results", value: Int(total))
    }
    return starts
  }
}
