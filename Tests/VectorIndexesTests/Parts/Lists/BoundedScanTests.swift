import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

/// The bounded scan against the plain one, which filters that few rows match ask for: equal bit for bit.
@Suite struct BoundedScanTests {
  /// Data that a bound could get wrong: far from 0, of any size, at the edge of the codes' range, full of ties.
  enum Hard: String, CaseIterable {
    case gaussian, clustered, duplicates, shifted, outliers, tinyValues, hugeValues, overflowing, constantDimensions
    case integers, nearTies, sparse, smallTies, smallestTies

    /// Vectors that vary in 12 dimensions only, of which the others are shares.
    func matrixOfFewDimensions(_ count: Int, _ dimension: Int, seed: UInt64) -> Matrix {
      let few = 12
      let source = matrix(count, few, seed: seed)
      return Matrix(
        (0..<count).map { row in
          let vector = source.array(row)
          return (0..<dimension).map { vector[$0 % few] / Float(1 << ($0 / few)) }
        })
    }

    func matrix(_ count: Int, _ dimension: Int, seed: UInt64) -> Matrix {
      var generator = SeededGenerator(seed: seed)
      func normal() -> Float { Float((0..<6).reduce(-3.0) { sum, _ in sum + generator.nextUnit() }) }
      let base = (0..<dimension).map { _ in normal() }
      return Matrix(
        (0..<count).map { row in
          (0..<dimension).map { column in
            switch self {
            case .gaussian: normal()
            case .clustered: Float(row % 7) * base[column] * 3 + normal()
            case .duplicates: base[(column + row % 11) % dimension]
            case .shifted: 1e4 + normal()
            case .outliers: generator.next(below: 50) == 0 ? normal() * 1e3 : normal()
            case .tinyValues: normal() * 1e-30
            case .hugeValues: normal() * 1e15
            case .overflowing: generator.next(below: 9) == 0 ? normal() * 1e38 : normal()
            case .constantDimensions: column % 3 == 0 ? 5 : normal()
            case .integers: Float(generator.next(below: 256))
            case .nearTies: base[column] + normal() * 1e-6
            case .smallTies: (base[(column + row % 9) % dimension] + normal() * 1e-3) * 1e-10
            case .smallestTies: (base[(column + row % 9) % dimension] + normal() * 1e-3) * 1e-15
            case .sparse: generator.next(below: 10) == 0 ? abs(normal()) : 0
            }
          }
        })
    }
  }

  /// Most large cases below are searched by codes of a subspace, region by region.
  @Test(
    arguments: [
      Hard.gaussian, .clustered, .shifted, .hugeValues, .constantDimensions, .integers, .nearTies, .smallTies,
      .smallestTies,
    ], [Metric.euclidean, .angular])
  func theLargeCaseProjects(data: Hard, metric: Metric) {
    let store = VectorStore(flat: 48, metric: metric, projects: true)
    let vectors = metric.prepare(data.matrixOfFewDimensions(3000, 48, seed: 3), threads: 1)
    let rows = Array(0..<3000)
    store.insert(
      InsertPlan(ids: rows.map(UInt64.init), metadata: [], rows: rows, replacingRows: []), vectors: vectors, threads: 1
    ) { _ in 0 }
    #expect(store.quantizer?.projection != nil && store.regions != nil)
  }

  @Test(arguments: Hard.allCases, [Metric.euclidean, .angular, .dot])
  func equalsThePlainScan(data: Hard, metric: Metric) throws {
    for (count, dimension) in [(150, 1), (400, 7), (300, 33), (130, 130), (3000, 48)] {
      let isLarge = count > 1000
      let vectors =
        isLarge
        ? data.matrixOfFewDimensions(count, dimension, seed: 3) : data.matrix(count, dimension, seed: UInt64(dimension))
      let queries = isLarge ? data.matrixOfFewDimensions(12, dimension, seed: 77) : data.matrix(12, dimension, seed: 77)
      for type in [FlatIndex.self, IVFFlatIndex.self] as [any (MutableVectorIndex & DeclaredIndex).Type] {
        let build = type.declaration.build.isEmpty ? [:] : ["nlist": "9", "niter": "3"]
        let index = try type.init(
          dimension: dimension, metric: metric,
          parameters: Parameters(build, declared: type.declaration.build, kind: type.declaration.kind), seed: 1)
        try (index as? any TrainableIndex)?.train(vectors, threads: 1)
        // The last rows come after the codes have been fitted.
        for rows in [0..<count * 3 / 4, count * 3 / 4..<count] {
          try index.insertBatch(
            ids: rows.map { UInt64($0) * 3 }, vectors: vectors[rows: rows],
            metadata: rows.map { ["part": .integer(Int64($0 % Self.parts))] }, onConflict: .fail, threads: 2)
        }
        for id in stride(from: 0, to: UInt64(count), by: 5) { try index.remove(id: id * 3) }
        try expectEqualScans(of: index, queries: queries, k: 10)
        try expectEqualScans(of: index, queries: vectors[rows: 0..<12], k: 1)
      }
    }
  }

  /// The number of parts of the rows; a search among one of them compares its rows without a scan of codes.
  private static let parts = 7

  /// The answers to a query before the last distance, by distance and id: squares that differ may have equal roots.
  private func decided(_ batch: NeighborBatch, _ row: Int) -> [[UInt64]] {
    let places = row * batch.k..<row * batch.k + batch.counts[row]
    let last = batch.distances[places].last
    return places.filter { batch.distances[$0] != last }
      .sorted { (batch.distances[$0], batch.ids[$0]) < (batch.distances[$1], batch.ids[$1]) }
      .map { [UInt64(batch.distances[$0].bitPattern), batch.ids[$0]] }
  }

  /// Both scans, one query a call and all in one call.
  private func expectEqualScans(of index: any VectorIndex, queries: Matrix, k: Int) throws {
    let declaration = index.declaration
    let settings = declaration.search.contains { $0.name == "nprobe" } ? ["nprobe": "9"] : [:]
    let parameters = SearchParameters(try Parameters(settings, declared: declaration.search, kind: declaration.kind))
    let scratch = index.makeScratch()
    func batch(_ filter: Filter?) throws -> NeighborBatch {
      var answers = NeighborBatch(k: k, reserving: queries.rows)
      try index.searchBatch(queries, k: k, parameters: parameters, filter: filter, scratch: scratch, into: &answers)
      return answers
    }
    let parts = try (0..<Self.parts).map { try batch(.equal("part", .integer(Int64($0)))) }
    var plain = NeighborBatch(k: k, reserving: queries.rows)
    for row in 0..<queries.rows {
      var together = TopK(k: k)
      for part in parts {
        for place in row * k..<row * k + part.counts[row] {
          // The rows were inserted in the order of their ids.
          together.offer(
            Neighbor(distance: part.distances[place], sequence: part.ids[place], id: part.ids[place]))
        }
      }
      together.sort()
      plain.append(together)
    }
    let bounded = try batch(nil)
    var single = NeighborBatch(k: k, reserving: queries.rows)
    var answer = TopK(k: k)
    for row in 0..<queries.rows {
      try index.search(queries[row: row], k: k, parameters: parameters, filter: nil, scratch: scratch, into: &answer)
      single.append(answer)
    }
    #expect(plain.counts == bounded.counts)
    for row in 0..<queries.rows { #expect(decided(plain, row) == decided(bounded, row)) }
    #expect(plain.distances.map(\.bitPattern) == bounded.distances.map(\.bitPattern))
    #expect(single == bounded)
  }
}
