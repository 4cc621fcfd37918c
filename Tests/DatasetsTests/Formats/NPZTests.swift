import Foundation
import TestSupport
import Testing
import VectorCore

@testable import Datasets

private let python = TestPython.path(importing: "numpy")

@Suite(.enabled(if: python != nil, "needs a Python with numpy: make deps")) struct NPZTests {
  private let folder = TemporaryFolder()

  private func write(_ script: String) throws {
    try TestPython.run("import numpy\n" + script, with: try #require(python), in: folder.path)
  }

  @Test(arguments: ["savez", "savez_compressed"])
  func aDatasetOfNumpyIsRead(_ save: String) throws {
    try write(
      """
      train = numpy.arange(3000, dtype='f4').reshape(1000, 3)
      numpy.\(save)('points-3-euclidean.npz', train=train, test=train[[5, 7]] + numpy.float32(0.25),
        neighbors=numpy.array([[5, 6], [7, 8]]), learn=numpy.ones((4, 3), 'f2'))
      """)
    let dataset = try Dataset.load(path: folder.file("points-3-euclidean.npz"))
    #expect(dataset.name == "points-3-euclidean" && dataset.metric == .euclidean)
    #expect(Array(dataset.train.floats) == (0..<3000).map { Float($0) })
    #expect(dataset.test[row: 1][2] == 23.25 && dataset.groundTruth.neighbors == [5, 6, 7, 8])
    #expect(dataset.groundTruth.distances[0] == Float(0.1875).squareRoot())
    let learn = try #require(dataset.learn)
    #expect(learn.rows == 4 && learn.columns == 3)
    let vectors = try learn.matrix()
    #expect(Array(vectors.floats) == Array(repeating: 1, count: 12))
    let digest = try Dataset.digest(path: folder.file("points-3-euclidean.npz"))
    #expect(digest == SHA256.ofFile(folder.file("points-3-euclidean.npz")))
    try FileManager.default.copyItem(atPath: folder.file("points-3-euclidean.npz"), toPath: folder.file("a.npz"))
    #expect(throws: DatasetError.unknownMetric(path: folder.file("a.npz"))) {
      try Dataset.load(path: folder.file("a.npz"))
    }
    #expect(try Dataset.shape(path: folder.file("a.npz"), metric: .dot).trainRows == 1000)
  }

  @Test func anArrayIsATable() throws {
    try write(
      """
      numpy.savez_compressed('one.npz', numpy.array([[1, 2], [3, 4]], 'u1'))
      numpy.savez('two.npz', a=numpy.array([[1, 2]], 'i8'), b=numpy.array([[5., 6.]]))
      numpy.savez('flat.npz', a=numpy.array([1, 2]))
      """)
    let one = try TableFile.open(folder.file("one.npz"), part: "train").table
    #expect(one.elementType == .uint8)
    #expect(try one.floats(rows: .max) == [1, 2, 3, 4])
    // Alone it is a dataset too, whose queries are drawn from it.
    #expect(try Dataset.loadVectors(path: folder.file("one.npz")).train.rows == 1)
    let two = folder.file("two.npz")
    #expect(try Dataset.digest(path: two + ":a") != Dataset.digest(path: two + ":b"))
    #expect(try TableFile.open(two + ":b", part: "train").table.floats(rows: .max) == [5, 6])
    #expect(try TableFile.open(two + ":a", part: "train").table.integers(rows: .max) == [1, 2])
    #expect(throws: DatasetError.table(path: two, .memberNeeded(what: "arrays", names: ["a", "b"]))) {
      try TableFile.open(two, part: "train")
    }
    #expect(
      throws: DatasetError.table(path: two + ":c", .missingMember(what: "array", name: "c", names: ["a", "b"]))
    ) { try TableFile.open(two + ":c", part: "train") }
    #expect(throws: DatasetError.table(path: folder.file("flat.npz"), .wrongRank(shape: [2]))) {
      try TableFile.open(folder.file("flat.npz"), part: "train")
    }
  }

  /// Cut anywhere, and with any byte changed, a file is refused or read, and nothing else happens.
  @Test func damagedFilesAreRefused() throws {
    try write("numpy.savez_compressed('a.npz', numpy.arange(64, dtype='f4').reshape(8, 8) % 5)")
    let bytes = Array(try #require(folder.read("a.npz")))
    for length in 0..<bytes.count {
      try folder.write("cut.npz", Data(bytes[..<length]))
      let error = #expect(throws: DatasetError.self, "\(length)") {
        try TableFile.open(folder.file("cut.npz"), part: "train")
      }
      #expect(error.map { "\($0)".contains("\n") } == false)
    }
    var random = SeededGenerator(seed: 1)
    for _ in 0..<2_000 {
      var mutant = bytes
      mutant[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      try folder.write("mutant.npz", Data(mutant))
      _ = try? TableFile.open(folder.file("mutant.npz"), part: "train").table.floats(rows: .max)
    }
    // Elements that were changed are found by the checksum.
    var changed = bytes
    changed[100] ^= 0xFF
    try folder.write("changed.npz", Data(changed))
    #expect(throws: DatasetError.self) {
      try TableFile.open(folder.file("changed.npz"), part: "train").table.floats(rows: .max)
    }
  }
}
