import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct VectorStoreTests {
  /// A flat store of vectors in 64 dimensions that vary in so many, and the ids 7·row.
  private func flatStore(_ count: Int, rank: Int, metric: Metric = .euclidean, projects: Bool = true) -> VectorStore {
    let (dimension, store) = (64, VectorStore(flat: 64, metric: metric, projects: projects))
    let few = RandomVectors.clustered.matrix(count, dimension: rank, seed: 3)
    let vectors = Matrix((0..<count).map { row in (0..<dimension).map { few.array(row)[$0 % rank] } })
    // In parts, as codes are fitted when there are twice as many vectors.
    for rows in [0..<count / 3, count / 3..<count] {
      store.insert(
        InsertPlan(
          ids: rows.map { UInt64(7 * $0) }, metadata: [], rows: Array(0..<rows.count), replacingRows: []),
        vectors: vectors[rows: rows], threads: 2
      ) { _ in 0 }
    }
    for row in stride(from: 0, to: count, by: 97) {
      #expect(store.vector(of: UInt64(7 * row)) == vectors.array(row))
    }
    return store
  }

  @Test func aFlatStoreProjectsWhereVectorsVaryInFewDimensions() throws {
    let store = flatStore(3000, rank: 8)
    let projection = try #require(store.quantizer?.projection)
    #expect(projection.projectedDimension == 8)
    let regions = try #require(store.regions)
    #expect(regions.count == 5)
    let ranges = (0..<5).map { regions.rows(of: $0, count: 3000) }
    #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
    #expect(ranges[0].lowerBound == 0 && ranges[4].upperBound > 3000 - CodeBlocks.lanes)
    #expect(ranges.allSatisfy { $0.lowerBound % CodeBlocks.lanes == 0 })
    // The rows of a region are nearest to its centroid, but for those at its ends, which are moved to whole blocks.
    var (own, distances) = ([Float](repeating: 0, count: 8 + 64), [Float](repeating: 0, count: 5))
    for (region, range) in ranges.enumerated() where range.count > 2 * CodeBlocks.lanes {
      for row in range.dropFirst(CodeBlocks.lanes).dropLast(CodeBlocks.lanes) {
        projection.apply(store.lists[0].row(row).assumingMemoryBound(to: Float.self), into: &own)
        #expect(regions.nearest(to: own, distances: &distances) == region)
      }
    }
    // A list that has lost rows.
    #expect(regions.rows(of: 4, count: 100) == 100..<100 && regions.rows(of: 0, count: 0) == 0..<0)
  }

  @Test func aFlatStoreKeepsAllDimensionsElsewhere() {
    #expect(flatStore(3000, rank: 64).quantizer?.projection == nil, "all dimensions vary alike")
    #expect(flatStore(900, rank: 8).quantizer?.projection == nil, "few vectors")
    #expect(flatStore(3000, rank: 8, metric: .dot).quantizer?.projection == nil, "no bound on inner products")
    #expect(flatStore(3000, rank: 8, projects: false).regions == nil)
  }

  /// Rows that move from list to list, or stay, keep their vectors, codes, sequences and places.
  @Test func movesSomeRowsOfAList() {
    let (dimension, count) = (6, 200)
    let shape = ProductCodeShape(m: 2, nbits: 4)
    let store = VectorStore(growing: dimension, metric: .euclidean)
    for _ in 0..<3 {
      _ = store.addList(format: RowFormat(encoding: .floats, dimension: dimension), productCodes: shape)
    }
    let vectors = RandomVectors.uniform.matrix(count, dimension: dimension, seed: 1)
    let codes = ProductCodes(
      bytes: (0..<count).map(UInt8.init),
      corrections: (0..<count).map { ProductCorrection(offset: UInt16($0), factor: UInt16(2 * $0)) })
    store.append(
      InsertPlan(
        ids: (0..<count).map { UInt64(7 * $0) }, metadata: [], rows: Array(0..<count), replacingRows: []),
      productCodes: codes, spill: nil, threads: 1, list: { $0 % 3 },
      write: { row, format, target in format.write(vectors.baseAddress + row * dimension, to: target) })

    var expected = (0..<count).map { $0 % 3 }
    var generator = SeededGenerator(seed: 2)
    for round in 0..<60 {
      let source = round % 3
      let ids = store.lists[source].ids
      // Some stay, all go, none goes; and rows after the last target stay.
      let targets = ids.prefix(round % 5 == 0 ? ids.count / 2 : ids.count).map { _ in
        round % 7 == 1 ? (source + 1) % 3 : round % 11 == 2 ? source : generator.next(below: 3)
      }
      for (id, target) in zip(ids, targets) { expected[Int(id / 7)] = target }
      store.moveRows(of: source, to: targets)
      #expect(store.lists.map(\.count).reduce(0, +) == count)
      for row in 0..<count {
        let place = store.places[UInt64(7 * row)]!
        let (list, offset) = (store.lists[Int(place.list)], Int(place.offset))
        guard Int(place.list) == expected[row], list.ids[offset] == UInt64(7 * row),
          list.sequences[offset] == UInt64(row), list.productCodes(of: [offset]) == [UInt8(row)],
          list.row(offset).load(fromByteOffset: 4, as: Float.self) == vectors.array(row)[1]
        else {
          Issue.record("row \(row) after round \(round)")
          return
        }
      }
    }
  }

  /// Searches read the copies of all lists, also where the first list has none.
  @Test(arguments: [true, false])
  func listsCanHaveCopiesBeforeTheyHaveSome(hasCopies: Bool) {
    let store = VectorStore(
      dimension: 2, metric: .euclidean, lists: 3, productCodes: ProductCodeShape(m: 2, nbits: 4),
      format: RowFormat(encoding: .floats, dimension: 2), hasCopies: hasCopies)
    #expect(store.hasSpilledRows == hasCopies)
  }
}
