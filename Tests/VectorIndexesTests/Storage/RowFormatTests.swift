import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct RowFormatTests {
  @Test(arguments: [1, 63, 64, 65, 128, 130])
  func packsBitsAndBack(dimension: Int) {
    let vectors = RandomBits.rows(5, dimension: dimension)
    let list = VectorList(format: RowFormat(encoding: .bits, dimension: dimension))
    #expect(list.format.rowBytes == (dimension + 63) / 64 * 8)
    for (row, vector) in vectors.enumerated() { list.append(vector, id: UInt64(row), sequence: UInt64(row)) }
    #expect(rows(of: list) == vectors)
    list.convert(to: RowFormat(encoding: .floats, dimension: dimension))
    #expect(rows(of: list) == vectors)
    list.convert(to: RowFormat(encoding: .bits, dimension: dimension))
    #expect(rows(of: list) == vectors)
  }

  @Test func storesMinusZeroAsZero() {
    let list = VectorList(format: RowFormat(encoding: .floats, dimension: 2))
    list.append([-0.0, 1], id: 1, sequence: 0)
    #expect(rows(of: list)[0].map(\.bitPattern) == [0, Float(1).bitPattern])
  }

  @Test func startsEveryListOnACacheLine() {
    let list = VectorList(format: RowFormat(encoding: .floats, dimension: 3))
    for row in 0..<100 {
      list.append([1, 2, Float(row)], id: UInt64(row), sequence: UInt64(row))
      #expect(UInt(bitPattern: list.row(0)) % 64 == 0)
    }
    #expect(rows(of: list).map { $0[2] } == (0..<100).map(Float.init))
  }

  private func rows(of list: VectorList) -> [[Float]] {
    (0..<list.count).map { index in
      [Float](unsafeUninitializedCapacity: list.format.dimension) { floats, count in
        list.format.read(list.row(index), into: floats.baseAddress!)
        count = list.format.dimension
      }
    }
  }
}

private enum RandomBits {
  static func rows(_ count: Int, dimension: Int) -> [[Float]] {
    var generator = SeededGenerator(seed: UInt64(dimension))
    return (0..<count).map { _ in (0..<dimension).map { _ in Float(generator.next(below: 2)) } }
  }
}
