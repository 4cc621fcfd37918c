import Foundation
import Testing
import VectorCore

@testable import Datasets

struct RangeTruthTests {
  private let folder = TemporaryFolder()

  private func bytes(_ counts: [Int32], total: Int32, _ ids: [Int32], _ distances: [Float]) -> [UInt8] {
    TableBytes.little(Int32(counts.count)) + TableBytes.little(total) + TableBytes.integers(counts)
      + TableBytes.integers(ids) + TableBytes.floats(distances)
  }

  @Test func rowsAreOrderedAndPadded() throws {
    try folder.write("gt.rangeres", Data(bytes([2, 0, 3], total: 5, [4, 9, 1, 3, 2], [0.5, 0.25, 3, 1, 2])))
    let (ids, distances) = try TableFile.open(folder.file("gt.rangeres"), part: "neighbors")
    #expect(ids.rows == 3 && ids.columns == 3)
    #expect(try ids.integers(rows: .max) == [9, 4, -1, -1, -1, -1, 3, 2, 1])
    #expect(try distances?.floats(rows: 1) == [0.25, 0.5, .infinity])
    #expect(try ids.integers(rows: 1) == [9, 4, -1])
  }

  @Test func itIsATruthOfADataset() throws {
    try folder.write("base.fvecs", Data(TableBytes.fvecs((0..<10).map { [Float($0), 0] })))
    try folder.write("query.fvecs", Data(TableBytes.fvecs([[3, 0], [100, 0]])))
    try folder.write("gt.rangeres", Data(bytes([2, 0], total: 2, [4, 3], [1, 0])))
    try folder.write(
      "a.yml", Data("distance: l2\ntrain: base.fvecs\ntest: query.fvecs\nneighbors: gt.rangeres\n".utf8))
    let dataset = try Dataset.load(path: folder.file("a.yml"))
    #expect(dataset.groundTruth.neighbors == [3, 4, -1, -1] && dataset.unjudgedQueries == 1)
    #expect(Array(dataset.groundTruth.distances[..<2]) == [0, 1])
  }

  @Test func countsThatDoNotFitAreRefused() throws {
    let good = bytes([1, 1], total: 2, [4, 3], [1, 0])
    var bad: [[UInt8]] = (0..<good.count).map { Array(good[..<$0]) } + [good + [0]]
    bad.append(bytes([3, -1], total: 2, [4, 3], [1, 0]))
    bad.append(bytes([1, 0], total: 2, [4, 3], [1, 0]))
    bad.append(bytes([.max, .max], total: 2, [4, 3], [1, 0]))
    bad.append(TableBytes.little(Int32.max) + TableBytes.little(Int32.max))
    bad.append(TableBytes.little(Int32(-1)) + TableBytes.little(Int32(0)))
    for bytes in bad {
      try folder.write("gt.rangeres", Data(bytes))
      let error = #expect(throws: DatasetError.self) { try TableFile.open(folder.file("gt.rangeres"), part: "x") }
      #expect(error.map { "\($0)".contains("\n") } == false)
    }
  }
}
