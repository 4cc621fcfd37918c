import Foundation
import HDF5
import TestSupport
import Testing
import VectorCore

@testable import Datasets

struct DatasetConversionTests {
  private let folder = TemporaryFolder()

  /// A dataset whose neighbours are right, as a file in ann-benchmarks' layout.
  private func write(_ metric: Metric = .euclidean, _ kind: RandomVectors = .uniform) throws -> String {
    let (train, test) = (kind.matrix(60, dimension: 16, seed: 1), kind.matrix(7, dimension: 16, seed: 2))
    var neighbors: [Int64] = []
    var distances: [Float] = []
    for query in 0..<7 {
      let all = (0..<60).map { metric.referenceDistance(test[row: query], train[row: $0]) }
      let nearest = all.indices.sorted { (all[$0], $0) < (all[$1], $1) }.prefix(5)
      neighbors += nearest.map { Int64($0) }
      distances += nearest.map { Float(all[$0]) }
    }
    let path = folder.file("source.hdf5")
    try Dataset(
      name: "source", path: path, metric: metric, train: train, test: test,
      groundTruth: GroundTruth(depth: 5, neighbors: neighbors, distances: distances)
    ).write(to: path)
    return path
  }

  private func convert(
    _ source: String, _ target: String, family: TableFamily = .bin, gzip: Int? = nil
  ) throws(DatasetError) -> [String] {
    let conversion = try DatasetConversion(from: source, to: target, family: family)
    try conversion.run(gzip: gzip)
    return conversion.targets
  }

  private func expectSame(_ a: Dataset, _ b: Dataset) {
    #expect(a.metric == b.metric && a.train.rows == b.train.rows && a.test.rows == b.test.rows)
    for row in 0..<a.train.rows { #expect(a.train.array(row) == b.train.array(row)) }
    for row in 0..<a.test.rows { #expect(a.test.array(row) == b.test.array(row)) }
    #expect(a.groundTruth.neighbors == b.groundTruth.neighbors && a.groundTruth.distances == b.groundTruth.distances)
  }

  @Test(
    arguments: TableFamily.allCases,
    [
      (Metric.euclidean, RandomVectors.uniform), (.angular, .clustered), (.dot, .uniform),
      (.manhattan, .duplicateHeavy),
      (.hamming, .binary),
    ])
  func aDatasetGoesThereAndBack(family: TableFamily, kind: (Metric, RandomVectors)) throws {
    let source = try write(kind.0, kind.1)
    let files = try convert(source, folder.file("there.yml"), family: family)
    #expect(try folder.names == (files.map { String($0.split(separator: "/").last!) } + ["source.hdf5"]).sorted())
    expectSame(try Dataset.load(path: folder.file("there.yml")), try Dataset.load(path: source))
    for gzip in [nil, 6] {
      #expect(try convert(folder.file("there.yml"), folder.file("back.hdf5"), gzip: gzip) == [folder.file("back.hdf5")])
      expectSame(try Dataset.load(path: folder.file("back.hdf5")), try Dataset.load(path: source))
    }
  }

  @Test func gzipMakesAFileSmaller() throws {
    let rows = Array(repeating: [UInt8](repeating: 7, count: 100), count: 1_000)
    try folder.write("base.bvecs", Data(TableBytes.bvecs(rows)))
    try folder.write("query.bvecs", Data(TableBytes.bvecs([rows[0]])))
    try folder.write("s.yml", Data("distance: l2\ntrain: base.bvecs\ntest: query.bvecs".utf8))
    _ = try convert(folder.file("s.yml"), folder.file("plain.hdf5"))
    _ = try convert(folder.file("s.yml"), folder.file("small.h5"), gzip: 1)
    let (plain, small) = (folder.read("plain.hdf5")!.count, folder.read("small.h5")!.count)
    #expect(plain > 400_000 && small < 20_000)
    // There is no ground truth to write, and none is invented.
    #expect(try HDF5File.open(folder.file("small.h5")).names() == ["test", "train"])
    #expect(try Dataset.loadVectors(path: folder.file("small.h5")).train.array(999) == rows[999].map { Float($0) })
  }

  @Test func smallTypesKeepTheirTypeInTables() throws {
    try folder.write("base.i8bin", Data(TableBytes.bin(2, 2, [0xFF, 1, 2, 3])))
    try folder.write("query.npy", Data(TableBytes.npy("|u1", 1, 2, [9, 200])))
    try folder.write("s.yml", Data("distance: dot\ntrain: base.i8bin\ntest: query.npy".utf8))
    func endings(_ family: TableFamily) throws -> [String] {
      try convert(folder.file("s.yml"), folder.file("\(family).yml"), family: family).map { path in
        String(path.split(separator: ".").suffix(2).joined(separator: "."))
      }
    }
    #expect(try endings(.bin).dropLast() == ["train.i8bin", "test.u8bin"])
    #expect(try endings(.vecs).dropLast() == ["train.fvecs", "test.bvecs"])
    #expect(try endings(.npy).dropLast() == ["train.npy", "test.npy"])
    for family in TableFamily.allCases {
      let dataset = try Dataset.loadVectors(path: folder.file("\(family).yml"))
      #expect(dataset.train.array(0) == [-1, 1] && dataset.test.array(0) == [9, 200])
    }
  }

  @Test func aTableBecomesATable() throws {
    try folder.write("a.fvecs", Data(TableBytes.fvecs([[1, 2], [3, 255]])))
    for ending in ["fbin", "npy", "u8bin", "bvecs", "ivecs", "ibin"] {
      let target = folder.file("b.\(ending)")
      #expect(try convert(folder.file("a.fvecs"), target) == [target])
      _ = try convert(target, folder.file("c.fvecs"))
      #expect(folder.read("c.fvecs") == folder.read("a.fvecs"), "by way of .\(ending)")
    }
    #expect(folder.read("b.bvecs") == Data(TableBytes.bvecs([[1, 2], [3, 255]])))
    #expect(folder.read("b.u8bin") == Data(TableBytes.bin(2, 2, [1, 2, 3, 255])))
  }

  @Test func distancesStayBehindIdsWhereTheyCan() throws {
    let knn = TableBytes.bin(1, 2, TableBytes.integers([3, -1]) + TableBytes.floats([0.5, .infinity]))
    try folder.write("gt.ibin", Data(knn))
    _ = try convert(folder.file("gt.ibin"), folder.file("copy.ibin"))
    #expect(folder.read("copy.ibin") == Data(knn))
    _ = try convert(folder.file("gt.ibin"), folder.file("ids.ivecs"))
    #expect(folder.read("ids.ivecs") == Data(TableBytes.ivecs([[3, -1]])))
  }

  @Test func idsOfHDF5MayBeOfAnyWidth() throws {
    let file = try HDF5File.create(folder.file("wide.hdf5"))
    try file.write(Matrix([[1], [2], [3]]), to: "train")
    try file.write(Matrix([[1]]), to: "test")
    try file.write([Int64(0), 1], shape: [1, 2], to: "neighbors")
    try file.setAttribute("distance", .string("euclidean"))
    try file.close()
    _ = try convert(folder.file("wide.hdf5"), folder.file("ids.yml"))
    // The distances, which the file does not state, are computed.
    #expect(
      folder.read("ids.neighbors.ibin")
        == Data(TableBytes.bin(1, 2, TableBytes.integers([0, 1]) + TableBytes.floats([0, 1]))))
  }

  /// More than a block, from chunks that do not divide it.
  @Test func manyBlocksAreStreamed() throws {
    let rows = 5_000
    let elements = (0..<rows * 600).map { Int32(truncatingIfNeeded: $0 &* 7) }
    let file = try HDF5File.create(folder.file("big.hdf5"))
    try file.write(elements, shape: [rows, 600], to: "train", layout: .chunked(shape: [37, 600], gzip: 1))
    try file.write(Array(elements[..<600]), shape: [1, 600], to: "test")
    try file.setAttribute("distance", .string("euclidean"))
    try file.close()
    var seen: [Int] = []
    let conversion = try DatasetConversion(from: folder.file("big.hdf5"), to: folder.file("big.yml"))
    try conversion.run { part, done, total in
      if part == "train" { seen.append(done) }
      #expect(done <= total)
    }
    #expect(seen.count > 1 && seen.last == rows)
    let bytes = try #require(folder.read("big.train.ibin"))
    #expect(bytes == Data(TableBytes.bin(rows, 600, elements.withUnsafeBytes { Array($0) })))
  }

  @Test func aValueThatWouldChangeIsRefusedAndNothingIsLeft() throws {
    try folder.write("a.fvecs", Data(TableBytes.fvecs([[1, 2], [3, 0.5]])))
    try folder.write("b.u8bin", Data("older".utf8))
    #expect(
      throws: DatasetError.inexact(
        path: folder.file("a.fvecs"), part: "table", row: 1, column: 1, value: "0.5", type: "uint8")
    ) { try convert(folder.file("a.fvecs"), folder.file("b.u8bin")) }
    #expect(folder.read("b.u8bin") == Data("older".utf8))
    // Train could be written, test cannot: neither is.
    try folder.write("q.npy", Data(TableBytes.npy("<f8", 1, 2, [0.1, 1].flatMap { TableBytes.little($0.bitPattern) })))
    try folder.write("s.yml", Data("distance: l2\ntrain: a.fvecs\ntest: q.npy".utf8))
    for target in ["t.yml", "t.hdf5"] {
      #expect(throws: DatasetError.self) { try convert(folder.file("s.yml"), folder.file(target)) }
    }
    #expect(try folder.names == ["a.fvecs", "b.u8bin", "q.npy", "s.yml"])
  }

  @Test func whatMakesNoSenseIsTold() throws {
    let source = try write()
    #expect(throws: DatasetError.tableAndDataset(from: source, to: "x.fvecs")) { try convert(source, "x.fvecs") }
    #expect(throws: DatasetError.unknownTarget(path: "x.csv")) { try convert(source, "x.csv") }
    try folder.write("a.fvecs", Data(TableBytes.fvecs([[1]])))
    #expect(throws: DatasetError.tableAndDataset(from: folder.file("a.fvecs"), to: "x.hdf5")) {
      try convert(folder.file("a.fvecs"), "x.hdf5")
    }
    guard
      case .output = #expect(
        throws: DatasetError.self, performing: { try convert(folder.file("a.fvecs"), "/no/such/folder/a.npy") })
    else {
      Issue.record("another error")
      return
    }
  }

  @Test func whatAKilledConversionLeftIsRemovedByTheNext() throws {
    let source = try write()
    let left = folder.file(".recallbench.\(Int32.max).abc.partial")
    #expect(FileManager.default.createFile(atPath: left, contents: nil))
    _ = try convert(source, folder.file("target.hdf5"))
    #expect(!FileManager.default.fileExists(atPath: left))
  }
}
