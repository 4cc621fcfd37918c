import CKernels
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct CodeBlocksTests {
  /// How many of the vectors a scan can't rule out for a query, when the tenth nearest is known.
  private func kept(of vectors: Matrix, for query: [Float], _ metric: Metric) throws -> Int {
    let store = VectorStore(flat: vectors.columns, metric: metric, projects: true)
    let rows = Array(0..<vectors.rows)
    store.insert(
      InsertPlan(ids: rows.map(UInt64.init), metadata: [], rows: rows, replacingRows: []), vectors: vectors, threads: 1
    ) { _ in 0 }
    let quantizer = try #require(store.quantizer)
    let scratch = ScanScratch(dimension: vectors.columns, metric: metric)
    scratch.query.set(query.span)
    var answer = TopK(k: 10)
    ListSearch(store: store, probe: AllLists(), filter: nil, scratch: scratch).find(query.span, into: &answer)
    let coded = CodedQuery(
      scratch.query.vector, quantizer: quantizer, projected: scratch.projected, codes: scratch.codes)
    let tenth = answer[9].distance
    let limit = coded.limit(metric == .euclidean ? tenth * tenth : tenth)
    var bound = store.lists[0].bound(coded).within(limit)
    var count = 0
    let room = UnsafeMutablePointer<rbk_sq_kept>.allocate(capacity: vectors.rows + 32)
    defer { room.deallocate() }
    quantizer.kernels.scan(
      store.lists[0].codeBlock(from: 0), vectors.rows, quantizer.dimension, scratch.codes, 1, &bound, room,
      vectors.rows + 16,
      &count)
    return count
  }

  /// Projected in Float32, vectors near the origin of the projection and far from it are as near to the exact ones as the
  /// bounds assume.
  @Test(arguments: [1e-12 as Float, 1, 1e4, 1e12])
  func projectionsAreAsExactAsTheBoundsAssume(scale: Float) throws {
    let (count, dimension) = (1200, 96)
    let few = RandomVectors.clustered.matrix(count, dimension: 6, seed: 9)
    let vectors = Matrix(
      (0..<count).map { row in (0..<dimension).map { (few.array(row)[$0 % 6] * Float($0 % 5 + 1) + 30) * scale } })
    let store = VectorStore(flat: dimension, metric: .euclidean, projects: true)
    let rows = Array(0..<count)
    store.insert(
      InsertPlan(ids: rows.map(UInt64.init), metadata: [], rows: rows, replacingRows: []), vectors: vectors, threads: 1
    ) { _ in 0 }
    let quantizer = try #require(store.quantizer)
    let projection = try #require(quantizer.projection)
    var greatest = 0.0
    quantizer.forEachProjected(vectors.baseAddress, count: count) { row, projected, error in
      let moved = zip(vectors.array(row), projection.origin).map { Double($0) - Double($1) }
      let difference = (0..<quantizer.dimension).reduce(0.0) { sum, component in
        let exact = zip(moved, projection.matrix.array(component)).reduce(0.0) { $0 + $1.0 * Double($1.1) }
        return sum + (exact - Double(projected[component])) * (exact - Double(projected[component]))
      }.squareRoot()
      greatest = max(greatest, difference / Double(error))
    }
    #expect(greatest < 1 && greatest > 0.001)
  }

  /// Outliers are measured, and the others ruled out as without them.
  @Test(
    arguments: [Metric.euclidean, .dot, .angular], [1e6 as Float, 1e20, .greatestFiniteMagnitude])
  func outliersDoNotKeepOthersFromBeingRuledOut(metric: Metric, magnitude: Float) throws {
    // The second are projected, but under dot.
    for (count, dimension) in [(1000, 16), (2000, 64)] {
      try checkOutliers(count, dimension, metric, magnitude)
    }
  }

  /// Vectors of more dimensions that vary in no more.
  private func wide(_ vectors: Matrix, _ dimension: Int) -> Matrix {
    Matrix(vectors.rowArrays.map { vector in (0..<dimension).map { vector[$0 % vector.count] } })
  }

  private func checkOutliers(_ count: Int, _ dimension: Int, _ metric: Metric, _ magnitude: Float) throws {
    let clean = wide(RandomVectors.clustered.matrix(count, dimension: 16, seed: 1), dimension)
    let query = wide(RandomVectors.clustered.matrix(1, dimension: 16, seed: 2), dimension).array(0)
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
      #expect(found <= 2 * expected + 20, "\(found) of \(count), without outliers \(expected)")
    }
  }
}

extension Matrix {
  fileprivate var rowArrays: [[Float]] { (0..<rows).map(array) }
}
