import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct VectorStoreTests {
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
