import Foundation
import Testing
import VectorCore

@testable import Datasets

struct DatasetFileTests {
  private let folder = TemporaryFolder()

  /// Points on a line, and queries beside some of them.
  private func writeTables() throws {
    try folder.write("base.fvecs", Data(TableBytes.fvecs((0..<10).map { [Float($0), 0] })))
    try folder.write("query.u8bin", Data(TableBytes.bin(2, 2, [3, 0, 7, 4])))
    // The distances that these files state are often squares: they are not used.
    let distances: [Float] = [0, 1, 16, 17]
    try folder.write(
      "truth.ibin", Data(TableBytes.bin(2, 2, TableBytes.integers([3, 2, 7, 6]) + TableBytes.floats(distances))))
  }

  private func write(_ text: String) throws -> String {
    try folder.write("points.yml", Data(text.utf8))
    return folder.file("points.yml")
  }

  private let whole = "distance: l2\ntrain: base.fvecs\ntest: query.u8bin\nneighbors: truth.ibin\n"

  @Test func partsOfDifferentFormatsMakeADataset() throws {
    try writeTables()
    let dataset = try Dataset.load(path: write(whole))
    #expect(dataset.name == "points" && dataset.metric == .euclidean)
    #expect(dataset.train.rows == 10 && dataset.test.rows == 2 && dataset.test[row: 1][1] == 4)
    #expect(dataset.groundTruth.neighbors == [3, 2, 7, 6])
    #expect(dataset.groundTruth.distances == [0, 1, 4, Float(17).squareRoot()])
    let some = try Dataset.load(path: write(whole), queries: 1)
    #expect(some.test.rows == 1 && some.groundTruth.neighbors == [3, 2])
    let first = try Dataset.loadVectors(path: write(whole), trainRows: 4)
    #expect(first.train.rows == 4 && first.groundTruth.depth == 0)
    let expected = Dataset.Shape(
      name: "points", metric: .euclidean, trainRows: 10, queries: 2, dimension: 2, truthDepth: 2)
    #expect(try Dataset.shape(path: write(whole)) == expected)
  }

  @Test func withoutNeighborsTheVectorsCanBeLoaded() throws {
    try writeTables()
    let path = try write("distance: dot\ntrain: \(folder.path)/base.fvecs\ntest: query.u8bin\n")
    #expect(throws: DatasetError.noGroundTruth(path: path)) { try Dataset.load(path: path) }
    #expect(try Dataset.loadVectors(path: path).train.rows == 10)
  }

  @Test func withoutTestTheQueriesAreDrawnFromTrain() throws {
    try writeTables()
    for text in ["train: base.fvecs\ntest_size: 3\n", "distance: l2\ntrain: base.fvecs\ntest_size: 3\n"] {
      let path = try write(text)
      let dataset = try Dataset.loadVectors(path: path)
      #expect(dataset.metric == .euclidean && dataset.train.rows == 7 && dataset.test.rows == 3)
      func numbers(_ rows: Matrix) -> [Float] { (0..<rows.rows).map { rows[row: $0][0] } }
      let (train, test) = (numbers(dataset.train), numbers(dataset.test))
      #expect(train == train.sorted() && test == test.sorted())
      #expect(Set(train + test) == Set((0..<10).map(Float.init)))
      #expect(try numbers(Dataset.loadVectors(path: path).test) == test, "the same queries each time")
      #expect(try Dataset.loadVectors(path: path, trainRows: 2).train.rows == 2)
      let shape = try Dataset.shape(path: path)
      #expect(shape.trainRows == 7 && shape.queries == 3 && shape.truthDepth == 0)
    }
    #expect(try Dataset.digest(path: write("train: base.fvecs\ntest_size: 3\n")).utf8.count == 64)
    let table = try Dataset.loadVectors(path: folder.file("base.fvecs"))
    #expect(table.name == "base" && table.train.rows == 9 && table.test.rows == 1)
    let all = try write("train: base.fvecs\ntest_size: 10\n")
    #expect(throws: DatasetError.tooManyQueries(path: folder.file("base.fvecs"), queries: 10, rows: 10)) {
      try Dataset.loadVectors(path: all)
    }
  }

  @Test func vectorsOfLengthOneAreComparedByAngle() throws {
    try folder.write("unit.fvecs", Data(TableBytes.fvecs([[1, 0], [0, -1], [0.6, 0.8]])))
    #expect(try Dataset.loadVectors(path: folder.file("unit.fvecs")).metric == .angular)
    try folder.write("other.fvecs", Data(TableBytes.fvecs([[1, 0], [0, -1], [0.6, 0.9]])))
    #expect(try Dataset.loadVectors(path: folder.file("other.fvecs")).metric == .euclidean)
    #expect(try Dataset.loadVectors(path: folder.file("other.fvecs"), metric: .dot).metric == .dot)
  }

  @Test func aRowThatIsNotFiniteIsNamedByItsPlaceInTheFile() throws {
    var rows = (0..<30).map { [Float($0), 0] }
    rows[17][1] = .nan
    try folder.write("base.fvecs", Data(TableBytes.fvecs(rows)))
    #expect(throws: DatasetError.notFinite(path: folder.file("base.fvecs"), part: "train", row: 17, column: 1)) {
      try Dataset.loadVectors(path: write("distance: l2\ntrain: base.fvecs\ntest_size: 2\n"))
    }
  }

  @Test func theFirstRowsAreJudgedByATruthOfTheirOwn() throws {
    try writeTables()
    let path = try write(whole)
    // Among rows 0…4 the nearest of the points 3 and 7 are others than among all.
    let truth = GroundTruth(depth: 2, neighbors: [3, 2, 4, 3], distances: [0, 1, 5, 5.656_854])
    try truth.write(to: folder.file("truths/first.ibin"))
    let dataset = try Dataset.load(path: path, rows: 5, neighbors: folder.file("truths/first.ibin"))
    #expect(dataset.train.rows == 5 && dataset.groundTruth.neighbors == truth.neighbors)
    #expect(zip(dataset.groundTruth.distances, truth.distances).allSatisfy { abs($0 - $1) < 1e-5 })
    // What holds among all rows is refused: row 7 is not among these.
    #expect(throws: DatasetError.neighborOutOfRange(path: path, query: 1, position: 0, id: 7, rows: 5)) {
      try Dataset.load(path: path, rows: 5)
    }
    #expect(throws: DatasetError.self) {
      try Dataset.load(path: path, rows: 5, queries: 1, neighbors: folder.file("base.fvecs"))
    }
  }

  /// The digest is that of what is read, wherever it lies.
  @Test func theDigestIsThatOfTheTables() throws {
    try writeTables()
    let path = try write(whole)
    let (all, first) = (try Dataset.digest(path: path), try Dataset.digest(path: path, rows: 5))
    #expect(all.utf8.count == 64 && first != all)
    #expect(try Dataset.digest(path: path, rows: 10) == all)
    try folder.write("base.fvecs", Data(TableBytes.fvecs((0..<10).map { [Float($0), $0 == 7 ? 1 : 0] })))
    #expect(try Dataset.digest(path: path) != all && Dataset.digest(path: path, rows: 5) == first)
    #expect(try Dataset.digest(path: write(whole.replacingOccurrences(of: "l2", with: "l1")), rows: 5) != first)
    let shipped = "\(shippedDatasets)/debian-minilm-4k-384-angular.hdf5"
    #expect(try Dataset.digest(path: shipped).hasPrefix("d410b3a0e31c7abd"), "an HDF5 file's is the file's own")
    #expect(throws: DatasetError.self) { try Dataset.digest(path: "/no/such.hdf5") }
  }

  @Test func aFileOfTheCatalogCanBeADatasetFile() throws {
    try writeTables()
    _ = try write(whole)
    try folder.write("catalog.yml", Data("datasets: [{name: points, distance: euclidean}]".utf8))
    let catalog = try Catalog(folder: folder.path)
    #expect(try catalog.resolve("points").path == folder.file("points.yml"))
    #expect(Catalog.isPath("points.yml") && Catalog.isPath("base.fvecs") && !Catalog.isPath("points"))
  }

  @Test(arguments: [
    "train: base.fvecs\ntest: query.u8bin\ntest_size: 3", "train: base.fvecs\nneighbors: truth.ibin",
    "train: base.fvecs\ntest_size: 0", "distance: jaccard\ntrain: base.fvecs\ntest: query.u8bin",
    "distance: dot\ntest: query.u8bin", "distance: dot\ntrain: base.fvecs\ntest: query.u8bin\nneighbours: truth.ibin",
    "distance: dot\ntrain: [base.fvecs]\ntest: query.u8bin", "", "- a",
  ])
  func aMalformedFileIsRefusedWithItsPlace(_ text: String) throws {
    try writeTables()
    let path = try write(text)
    let error = #expect(throws: DatasetError.self) { try Dataset.load(path: path) }
    guard case .malformed(let problem) = error else {
      Issue.record("\(error.map { "\($0)" } ?? "")")
      return
    }
    #expect(problem.description.hasPrefix("\(path):") && !problem.description.contains("\n"))
  }

  @Test func partsHaveToFit() throws {
    try writeTables()
    let path = try write(whole)
    try folder.write("query.u8bin", Data(TableBytes.bin(2, 1, [3, 7])))
    #expect(throws: DatasetError.widthMismatch(path: path, train: 2, part: "test", columns: 1)) {
      try Dataset.load(path: path)
    }
    try folder.write("query.u8bin", Data(TableBytes.bin(1, 2, [3, 0])))
    #expect(throws: DatasetError.rowCountMismatch(path: path, part: "neighbors", rows: 2, queries: 1)) {
      try Dataset.load(path: path)
    }
    try writeTables()
    try folder.write("truth.ibin", Data(TableBytes.bin(2, 1, TableBytes.integers([3, 10]))))
    #expect(throws: DatasetError.neighborOutOfRange(path: path, query: 1, position: 0, id: 10, rows: 10)) {
      try Dataset.load(path: path)
    }
    try FileManager.default.removeItem(atPath: folder.file("base.fvecs"))
    #expect(
      throws: DatasetError.cannotRead(path: folder.file("base.fvecs"), reason: "No such file or directory")
    ) { try Dataset.load(path: path) }
  }

  @Test func whatIsWrittenSaysTheSame() throws {
    try writeTables()
    try FileManager.default.moveItem(atPath: folder.file("base.fvecs"), toPath: folder.file("it's: #1.fvecs"))
    let text = DatasetFile.text(metric: .manhattan, files: ["train": "it's: #1.fvecs", "test": "query.u8bin"])
    let dataset = try Dataset.loadVectors(path: write(text))
    #expect(dataset.metric == .manhattan && dataset.train.rows == 10)
  }
}
