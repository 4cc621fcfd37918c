import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct RowFormatTests {
  @Test(arguments: [1, 63, 64, 65, 128, 130])
  func packsBitsAndBack(dimension: Int) {
    let vectors = RandomBits.rows(5, dimension: dimension)
    let list = VectorList(format: RowFormat(encoding: .bits, dimension: dimension))
    #expect(list.format.rowBytes == (dimension + 63) / 64 * 8)
    list.append(vectors)
    #expect(rows(of: list) == vectors)
    list.convert(to: RowFormat(encoding: .floats, dimension: dimension))
    #expect(rows(of: list) == vectors)
    list.convert(to: RowFormat(encoding: .bits, dimension: dimension))
    #expect(rows(of: list) == vectors)
  }

  @Test func halvesHoldElevenBits() {
    let list = VectorList(format: RowFormat(encoding: .halves, dimension: 4))
    list.append([[1.0004, -0.0, 65504, -60000.1]])
    #expect(list.format.rowBytes == 12)
    #expect(rows(of: list)[0] == [1, 0, 65504, -60000])
    #expect(rows(of: list)[0][1].sign == .plus)
  }

  /// Of components that binary16 has no numbers for, too.
  @Test(arguments: [1e-37, 1e-30, 1e-9, 1e-4, 1, 1e5, 1e9, 1e30, Float.greatestFiniteMagnitude / 2])
  func halvesHoldElevenBitsOfAnySize(size: Float) {
    let list = VectorList(format: RowFormat(encoding: .halves, dimension: 3))
    let vector: [Float] = [size, -0.3 * size, 1.7 * size]
    list.append([vector, [0, 0, 0]])
    for (stored, component) in zip(rows(of: list)[0], vector) {
      #expect(abs(stored - component) <= abs(component) * 0x1p-11 + 0x1p-149)
    }
    #expect(rows(of: list)[1] == [0, 0, 0])
    var query = PreparedQuery(dimension: 3, metric: .dot)
    query.set(([1, 2, 0.5] as [Float]).span)
    var distances: [Float] = [0, 0]
    query.distances(to: list.row(0), count: 2, format: list.format, into: &distances)
    #expect(abs(distances[0] + 1.25 * size) <= size * 0x1p-9 && distances[1] == 0)
  }

  @Test func bytesHoldTheNearestOfTheStepsOfTheirVector() {
    let list = VectorList(format: RowFormat(encoding: .bytes, dimension: 3))
    let vectors: [[Float]] = [[-1, 0.31, 4.1], [7, 7, 7], [1e30, -1e30, 0], [0, 0, 0]]
    list.append(vectors)
    #expect(list.format.rowBytes == 11)
    for (row, vector) in zip(rows(of: list), vectors) {
      let step = (vector.max()! - vector.min()!) / 255
      for (x, y) in zip(row, vector) { #expect(abs(x - y) <= 0.51 * step) }
    }
  }

  /// Trap: the range of large components overflows, and what is in between became infinite.
  @Test func bytesHoldNoInfinity() {
    let list = VectorList(format: RowFormat(encoding: .bytes, dimension: 4))
    let largest = Float.greatestFiniteMagnitude
    list.append([[-largest, 1e38, 0, largest]])
    for (x, y) in zip(rows(of: list)[0], [-largest / 2, 1e38, 0, largest / 2]) {
      #expect(abs(x - y) <= largest / 255)
    }
  }

  @Test func storesMinusZeroAsZero() {
    let list = VectorList(format: RowFormat(encoding: .floats, dimension: 2))
    list.append([[-0.0, 1]])
    #expect(rows(of: list)[0].map(\.bitPattern) == [0, Float(1).bitPattern])
  }

  @Test func startsEveryListOnACacheLine() {
    let list = VectorList(format: RowFormat(encoding: .floats, dimension: 3))
    for row in 0..<100 {
      list.append([[1, 2, Float(row)]])
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

extension VectorList {
  /// Adds vectors with the ids and sequences 0, 1, …
  fileprivate func append(_ vectors: [[Float]]) {
    let format = format
    let numbers = 0..<UInt64(vectors.count)
    append(ids: numbers, sequences: numbers, threads: 1) { number, row in format.write(vectors[number], to: row) }
  }
}
