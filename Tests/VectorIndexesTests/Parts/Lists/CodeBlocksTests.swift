import CKernels
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct CodeBlocksTests {
  /// How many of the vectors a scan can't rule out for a query, when the tenth nearest is known.
  private func kept(of vectors: Matrix, for query: [Float], _ metric: Metric) throws -> Int {
    let store = VectorStore(flat: vectors.columns, metric: metric)
    let rows = Array(0..<vectors.rows)
    store.insert(
      InsertPlan(ids: rows.map(UInt64.init), metadata: [], rows: rows, replacingRows: []), vectors: vectors, threads: 1
    ) { _ in 0 }
    let quantizer = try #require(store.quantizer)
    let scratch = ScanScratch(dimension: vectors.columns, metric: metric)
    scratch.query.set(query.span)
    var answer = TopK(k: 10)
    ListSearch(store: store, probe: AllLists(), filter: nil, scratch: scratch).find(query.span, into: &answer)
    let coded = CodedQuery(scratch.query.vector, quantizer: quantizer, codes: scratch.codes)
    let tenth = answer[9].distance
    let limit = coded.limit(metric == .euclidean ? tenth * tenth : tenth)
    var bound = store.lists[0].bound(coded).within(limit)
    var count = 0
    let room = UnsafeMutablePointer<rbk_sq4_kept>.allocate(capacity: vectors.rows + 32)
    defer { room.deallocate() }
    Kernels.active.sq4.pointee.scan(
      store.lists[0].codeBlock(from: 0), vectors.rows, vectors.columns, scratch.codes, 1, &bound, room,
      vectors.rows + 16,
      &count)
    return count
  }

  /// Outliers are measured, and the others ruled out as without them.
  @Test(
    arguments: [Metric.euclidean, .dot, .angular], [1e6 as Float, 1e20, .greatestFiniteMagnitude])
  func outliersDoNotKeepOthersFromBeingRuledOut(metric: Metric, magnitude: Float) throws {
    let clean = RandomVectors.clustered.matrix(1000, dimension: 16, seed: 1)
    let query = RandomVectors.clustered.matrix(1, dimension: 16, seed: 2).array(0)
    let expected = try kept(of: clean, for: query, metric)
    for wholeRow in [false, true] {
      let spoiled = Matrix(
        clean.rowArrays.enumerated().map { row, vector in
          guard row % 100 == 0 else { return vector }
          // So that the products with the query are small: the tenth nearest is another's.
          var vector = wholeRow ? vector.map { -abs($0) * magnitude } : vector
          if !wholeRow { vector[3] = query[3] > 0 ? -magnitude : magnitude }
          for column in vector.indices where wholeRow && query[column] < 0 { vector[column] *= -1 }
          return vector.map { max(-.greatestFiniteMagnitude, min(.greatestFiniteMagnitude, $0)) }
        })
      let found = try kept(of: spoiled, for: query, metric)
      #expect(found <= 2 * expected + 20, "\(found) of 1000, without outliers \(expected)")
    }
  }
}

extension Matrix {
  fileprivate var rowArrays: [[Float]] { (0..<rows).map(array) }
}
