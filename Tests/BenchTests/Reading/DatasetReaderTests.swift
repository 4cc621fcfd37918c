import Datasets
import Foundation
import HDF5
import TestSupport
import Testing
import VectorCore
import VectorIndexes

@testable import Bench

/// Reading within this process, as a user of the library does it; children are tested with the program.
@Suite struct DatasetReaderTests {
  private let folder: TemporaryFolder
  private let path: String
  private let reader = DatasetReader(.here)

  init() throws {
    folder = try TemporaryFolder()
    path = "\(folder.path)/points-1-euclidean.hdf5"
    try Self.write(to: path, firstRow: 0)
  }

  /// 20 points on a line, and 2 queries with 2 neighbours each.
  private static func write(to path: String, firstRow: Float, neighbors: [Int32] = [0, 1, 19, 18]) throws {
    let file = try HDF5File.create(path)
    try file.write([firstRow] + (1..<20).map { Float($0) }, shape: [20, 1], to: "train")
    try file.write([Float(0), 20], shape: [2, 1], to: "test")
    try file.write(neighbors, shape: [2, 2], to: "neighbors")
    try file.write([abs(firstRow), 1, 1, 2], shape: [2, 2], to: "distances")
    try file.setAttribute("distance", .string("euclidean"))
    try file.close()
  }

  private func survey(rows: Int? = nil, ks: [Int] = [1, 2]) throws(ReadingFailure) -> SweepDataset {
    try reader.survey(DatasetSurvey(argument: "points", path: path, rows: rows, ks: ks))
  }

  @Test func aSurveySaysWhatIsMeasuredOn() throws {
    let dataset = try survey()
    #expect(dataset.name == "points-1-euclidean" && dataset.argument == "points" && dataset.fault == nil)
    #expect(dataset.sha256 == SHA256.ofFile(path) && dataset.computed == nil)
    #expect(dataset.shape.trainSize == 20 && dataset.shape.queries == 2 && dataset.shape.dimension == 1)
    // Both queries lie beside the rows, the first on one: 0 and 20.
    #expect(dataset.profile?.storedQueries == 1 && dataset.profile?.warnings.count == 1)
    let limited = try survey(rows: 7)
    #expect(limited.profile?.storedQueries == 1 && limited.profile?.warnings.count == 1)
    #expect(limited.computed == SweepDataset.ComputedTruth(rows: 7, depth: 7) && limited.shape.trainSize == 7)
    try reader.writeTruth(of: limited, folder: folder.path, cache: nil) { _ in }
    let truth = try limited.load(folder: folder.path).groundTruth
    #expect(truth.neighbors == [0, 1, 2, 3, 4, 5, 6, 6, 5, 4, 3, 2, 1, 0])
  }

  /// As `--train` alone makes a dataset.
  @Test func ofADatasetWithoutNeighborsSomeQueriesAreLookedAt() throws {
    func warnings(_ test: [Float]) throws -> [String] {
      let path = "\(folder.path)/unjudged.hdf5"
      let file = try HDF5File.create(path)
      try file.write((0..<300).map { Float($0 % 20) + Float($0 / 20) }, shape: [300, 1], to: "train")
      try file.write(test, shape: [test.count, 1], to: "test")
      try file.setAttribute("distance", .string("euclidean"))
      try file.close()
      defer { unlink(path) }
      return try reader.survey(DatasetSurvey(argument: "unjudged", path: path, ks: [1])).warnings
    }
    let stored = try warnings((0..<1200).map { Float($0 % 20) })
    #expect(stored.contains { $0.contains("1000 of 1000 sampled queries are rows of 'train'") }, "\(stored)")
    let others = try warnings((0..<20).map { Float($0) + 0.5 })
    #expect(!others.contains { $0.contains("are rows of 'train'") }, "\(others)")
  }

  @Test func tooFewStatedNeighborsAreComputedAndKept() throws {
    let deep = try survey(ks: [3])
    #expect(deep.computed == SweepDataset.ComputedTruth(rows: nil, depth: 20) && deep.name == "points-1-euclidean")
    let (first, second) = ("\(folder.path)/first", "\(folder.path)/second")
    for folder in [first, second] { mkdir(folder, 0o755) }
    let cache = "\(folder.path)/cache"
    let file = try #require(deep.truthFile)
    mkdir(cache, 0o755)
    try reader.writeTruth(of: deep, folder: first, cache: cache) { _ in }
    let truth = try deep.load(folder: first).groundTruth
    #expect(
      truth.depth == 20 && truth.neighbors.prefix(3) == [0, 1, 2] && truth.neighbors[20...].prefix(2) == [19, 18])
    /// Puts another truth into the cache, as an earlier run would have.
    func keep(_ truth: GroundTruth) throws {
      let kept = "\(cache)/\(file)"
      try truth.write(to: kept)
      try #require(SHA256.ofFile(kept)).write(toFile: "\(kept).sha256", atomically: true, encoding: .utf8)
    }
    // What an earlier run has kept is taken as it is.
    let other = GroundTruth(depth: 20, neighbors: truth.neighbors.reversed(), distances: truth.distances)
    try keep(other)
    try reader.writeTruth(of: deep, folder: second, cache: cache) { _ in }
    #expect(try GroundTruth.read("\(second)/\(file)", trainRows: 20).neighbors == other.neighbors)
    // A file that was changed since is not, nor one of another depth, or with rows that there are not.
    try GroundTruth(depth: 20, neighbors: truth.neighbors.map { 19 - $0 }, distances: truth.distances)
      .write(to: "\(cache)/\(file)")
    try reader.writeTruth(of: deep, folder: second, cache: cache) { _ in }
    #expect(try GroundTruth.read("\(second)/\(file)", trainRows: 20).neighbors == truth.neighbors)
    for wrong in [Data("none".utf8), Data()] {
      try wrong.write(to: URL(filePath: "\(cache)/\(file)"))
      try reader.writeTruth(of: deep, folder: second, cache: cache) { _ in }
      #expect(try GroundTruth.read("\(second)/\(file)", trainRows: 20).neighbors == truth.neighbors)
    }
    var strange = truth.neighbors
    strange[7] = 20
    for wrong in [
      GroundTruth(depth: 1, neighbors: [5, 5], distances: [0, 0]),
      GroundTruth(depth: 20, neighbors: strange, distances: truth.distances),
    ] {
      try keep(wrong)
      try reader.writeTruth(of: deep, folder: second, cache: cache) { _ in }
      #expect(try GroundTruth.read("\(cache)/\(file)", trainRows: 20).neighbors == truth.neighbors)
    }
  }

  @Test func mistakesInTheRequestAreToldFromDamage() throws {
    let tooMany = #expect(throws: ReadingFailure.self) { try survey(ks: [21]) }
    #expect(tooMany?.cause == .request)
    let missing = #expect(throws: ReadingFailure.self) {
      try reader.survey(DatasetSurvey(argument: "x", path: "/no/such.hdf5", ks: [1]))
    }
    #expect(missing?.cause == .request && missing?.description.hasPrefix("/no/such.hdf5: ") == true)
    try Data("no HDF5".utf8).write(to: URL(filePath: path))
    let damaged = #expect(throws: ReadingFailure.self) { try survey() }
    #expect(damaged?.cause == .file && damaged?.description.hasPrefix("\(path): ") == true)
  }

  @Test func queriesThatCannotBeJudgedAreTheFilesFault() throws {
    try Self.write(to: path, firstRow: 0, neighbors: [-1, -1, -1, -1])
    let failure = #expect(throws: ReadingFailure.self) { try survey() }
    #expect(failure?.cause == .file)
    #expect(failure?.description == "\(DatasetError.nothingToJudge(path: path, queries: 2))")
  }

  @Test func aDatasetThatWasReplacedIsRefused() throws {
    let dataset = try survey()
    let loaded = try dataset.load(folder: "")
    #expect(loaded.train[row: 0][0] == 0)
    // The same bytes in another file are the same dataset.
    let bytes = try Data(contentsOf: URL(filePath: path))
    unlink(path)
    try bytes.write(to: URL(filePath: path))
    #expect(try dataset.load(folder: "").train.rows == 20 && dataset.loadVectors().train.rows == 20)
    try Self.write(to: path, firstRow: -0.5)
    #expect(throws: DatasetError.changed(path: path)) { try dataset.load(folder: "") }
    #expect(throws: DatasetError.changed(path: path)) { try dataset.loadVectors() }
  }

  /// What was read may be of both files then.
  @Test func aDatasetThatIsReplacedWhileItIsReadIsRefused() throws {
    let dataset = try survey()
    let bytes = try Data(contentsOf: URL(filePath: path))
    // Even the same bytes in another file: nobody knows what was there in between.
    for replaces in [true, false] {
      let read = { () throws(DatasetError) -> Dataset in
        let read = try Dataset.load(path: path)
        if replaces {
          unlink(path)
          _ = FileManager.default.createFile(atPath: path, contents: bytes)
        }
        return read
      }
      if replaces {
        #expect(throws: DatasetError.changed(path: path)) { try dataset.unchanged(read) }
      } else {
        #expect(try dataset.unchanged(read).train.rows == 20)
      }
    }
  }

  @Test func whatADatasetFileNamesBelongsToIt() throws {
    let file = "\(folder.path)/points.yml"
    try DatasetConversion(from: path, to: file, family: .bin).run()
    let dataset = try reader.survey(DatasetSurvey(argument: file, path: file, ks: [1]))
    let table = "\(folder.path)/points.train.fbin"
    var bytes = try Data(contentsOf: URL(filePath: table))
    bytes[bytes.count - 1] ^= 1
    try bytes.write(to: URL(filePath: table))
    #expect(throws: DatasetError.changed(path: file)) { try dataset.load(folder: "") }
  }

  @Test func aFaultFailsTheCellsOfItsDatasetAlone() throws {
    let survey = DatasetSurvey(argument: "b", path: "\(folder.path)/broken-3-angular.hdf5", ks: [1])
    let broken = survey.unreadable(ReadingFailure(.file, "broken: download it again"))
    #expect(broken.shape.metric == .angular && broken.shape.dimension == 3 && broken.name == "broken-3-angular")
    var sweep = Sweep()
    sweep.ks = [1]
    sweep.rounds = 1
    sweep.indexes = .variants([try IndexVariant(Subject(FlatIndex.self))])
    let plan = try SweepPlan(sweep, datasets: [broken, try self.survey(ks: [1])])
    let ledger = try Ledger(folder: folder.path)
    let runner = SweepRunner(
      plan, ledger: ledger, supervisor: Supervisor(.here), provenance: .current(commit: ""))
    let records = try runner.run(.new, command: "", load: { try $0.load(folder: "") }, report: { _ in })
    #expect(records.map(\.status) == [.failed, .ok])
    #expect(records.map(\.error) == ["broken: download it again", ""])
    let failing = plan.failing(plan.datasets[1], "gone")
    #expect(failing.datasets.map(\.fault) == ["broken: download it again", "gone"])
  }
}
