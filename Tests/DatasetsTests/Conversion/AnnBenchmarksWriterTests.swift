import Foundation
import HDF5
import Testing
import VectorCore

@testable import Datasets

@Suite struct AnnBenchmarksWriterTests {
  private let folder = TemporaryFolder()

  private func dataset(_ metric: Metric, _ train: [[Float]]) -> Dataset {
    Dataset(
      name: "small", path: "/small.hdf5", metric: metric, train: Matrix(train), test: Matrix([train[1]]),
      groundTruth: GroundTruth(depth: 2, neighbors: [1, -1], distances: [metric == .dot ? -2 : 0, 0.5]))
  }

  @Test(arguments: Metric.allCases)
  func whatIsWrittenIsReadBack(metric: Metric) throws {
    let path = folder.file("file.hdf5")
    try dataset(metric, [[0, 1, 1], [1, 0, 1]]).write(to: path)
    let read = try Dataset.load(path: path)
    #expect(read.name == "file" && read.metric == metric)
    #expect(read.train.rows == 2 && read.train[row: 0][1] == 1 && read.train[row: 1][1] == 0)
    #expect(read.test.rows == 1 && read.test[row: 0][0] == 1)
    #expect(read.groundTruth.depth == 2 && read.groundTruth.neighbors == [1, -1])
    #expect(read.groundTruth.distances == [metric == .dot ? -2 : 0, 0.5])
  }

  @Test func typesAndAttributesAreThoseOfAnnBenchmarks() throws {
    func types(_ dataset: Dataset) throws -> (names: [ElementType], point: String?) {
      let path = folder.file("\(UUID()).hdf5")
      try dataset.write(to: path)
      let file = try HDF5File.open(path)
      #expect(try file.attribute("type") == .string("dense"))
      #expect(try file.attribute("dimension") == .integer(3))
      #expect(try file.attribute("distance") == .string(dataset.metric.rawValue))
      #expect(try file.names() == ["distances", "neighbors", "test", "train"])
      return (
        try file.names().map { try file.dataset($0).elementType }, try file.attribute("point_type")?.string
      )
    }
    let vectors = try types(dataset(.angular, [[0, 1, 1], [1, 0, 1]]))
    #expect(vectors.names == [.float32, .int32, .float32, .float32] && vectors.point == "float")
    let bits = try types(dataset(.hamming, [[0, 1, 1], [1, 0, 1]]))
    #expect(bits.names == [.float32, .int32, .bool, .bool] && bits.point == "bit")
    let symbols = try types(dataset(.hamming, [[0, 1, 2], [1, 0, 1]]))
    #expect(symbols.names == [.float32, .int32, .float32, .float32] && symbols.point == "float")
  }

  @Test func aFailureLeavesNothingBehind() throws {
    // A folder is in the file's place, so that the last step, the renaming, fails.
    let target = folder.file("taken.hdf5")
    try FileManager.default.createDirectory(atPath: target + "/full", withIntermediateDirectories: true)
    #expect(throws: DatasetError.self) { try dataset(.dot, [[1, 2, 3], [4, 5, 6]]).write(to: target) }
    #expect(throws: DatasetError.self) { try dataset(.dot, [[1], [2]]).write(to: "/no/such/folder/file.hdf5") }
    #expect(try folder.names == ["taken.hdf5"])
  }

  @Test func vectorsAloneCanBeLoaded() throws {
    let path = folder.file("vectors-2-manhattan.hdf5")
    let file = try HDF5File.create(path)
    try file.write(Matrix([[1, 2], [3, 4], [5, 6]]), to: "train")
    try file.write(Matrix([[7, 8], [9, 10]]), to: "test")
    try file.close()
    #expect(throws: DatasetError.self) { try Dataset.load(path: path) }
    let all = try Dataset.loadVectors(path: path)
    #expect(all.train.rows == 3 && all.test.rows == 2 && all.metric == .manhattan && all.groundTruth.depth == 0)
    let some = try Dataset.loadVectors(path: path, trainRows: 2, queries: 1)
    #expect(some.train.rows == 2 && some.train[row: 1][1] == 4 && some.test.rows == 1)
  }
}
