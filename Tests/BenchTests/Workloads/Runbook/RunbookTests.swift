import Datasets
import Foundation
import TestSupport
import Testing
import VectorCore
import VectorIndexes
import YAML

@testable import Bench

@Suite struct RunbookTests {
  /// 300 vectors and 12 queries.
  private static let dataset = Dataset(
    name: "moving", path: "/moving.hdf5", metric: .euclidean,
    train: RandomVectors.clustered.matrix(300, dimension: 8, seed: 1),
    test: RandomVectors.clustered.matrix(12, dimension: 8, seed: 2), groundTruth: .none)

  private static let steps = """
    moving:
      max_pts: 250
      1: {operation: insert, start: 0, end: 150}
      2: {operation: search}
      3: {operation: delete, start: 10, end: 60}
      4: {operation: search}
      5: {operation: replace, tags_start: 100, tags_end: 150, ids_start: 250, ids_end: 300}
      6: {operation: search}
      7: {operation: insert, start: 20, end: 40}
      8: {operation: insert, start: 150, end: 250}
      9: {operation: delete, start: 0, end: 5}
      10: {operation: search}
    """

  private let temporary: TemporaryFolder
  private let file: String

  init() throws {
    temporary = try TemporaryFolder()
    file = "\(temporary.path)/steps.yaml"
    try Self.steps.write(toFile: file, atomically: true, encoding: .utf8)
  }

  private func plan(_ kind: String, _ settings: [String: String] = [:]) throws -> SweepPlan {
    try plan(Subject(try IndexCatalog.standard.type(ofKind: kind)), settings)
  }

  private func plan(_ subject: Subject, _ settings: [String: String] = [:]) throws -> SweepPlan {
    var sweep = Sweep()
    sweep.workload = .runbook(try RunbookFile(path: file))
    sweep.ks = [5]
    sweep.rounds = 1
    sweep.indexes = .variants(
      try IndexVariant.variants(
        of: [subject], settings: settings.sorted { $0.key < $1.key }.map { Setting($0, [$1]) }))
    return try SweepPlan(
      sweep,
      datasets: [
        SweepDataset(argument: "moving", path: "/moving.hdf5", sha256: "ab", shape: DatasetShape(Self.dataset))
      ])
  }

  private func run(_ plan: SweepPlan) throws -> [CellMeasurement] {
    let ledger = try Ledger(folder: temporary.path)
    let runner = SweepRunner(
      plan, ledger: ledger, supervisor: Supervisor(.here), provenance: Provenance(commit: "", cpu: "", system: ""))
    let records = try runner.run(.force, command: "test", load: { _ in Self.dataset }, report: { _ in })
    #expect(try ledger.records(of: #require(try ledger.lastRun())).map(\.measurement) == records.map(\.measurement))
    return try records.map { try #require($0.measurement, "\($0.error)") }
  }

  /// Searches that look at everything find the true neighbours of each step.
  @Test(arguments: [
    ("flat", [:], 1), ("ivf-pq", ["nlist": "4", "m": "4", "nprobe": "4", "refine": "1000"], 2),
    ("memtable", ["nlist": "4", "m": "4", "nprobe": "4", "refine": "1000", "max_rows": "40"], 2),
    ("fractal", ["max_leaf": "40", "min_leaf": "8", "m": "4", "nprobe": "100", "refine": "1000"], 1),
  ])
  func whatIsStoredAtEachStepIsFound(kind: String, settings: [String: String], trainings: Int) throws {
    let measured = try run(plan(kind, settings))
    #expect(measured.count == 4 * trainings)
    let rows = [150, 100, 100, 215].flatMap { Array(repeating: $0, count: trainings) }
    #expect(measured.map(\.dataset.trainSize) == rows)
    #expect(measured.map(\.quality.recall) == Array(repeating: 1, count: measured.count))
    #expect(measured.allSatisfy { $0.quality.outOfRange == 0 })
    let inserted = measured.map { $0.workload?.writes?.vectors ?? 0 }
    #expect(inserted == [150, 0, 50, 120].flatMap { Array(repeating: $0, count: trainings) })
    let removed = measured.map { $0.workload?.removals?.vectors ?? 0 }
    #expect(removed == [0, 50, 0, 5].flatMap { Array(repeating: $0, count: trainings) })
    if trainings == 2 {
      let isTrained: [Bool] = measured.map { $0.build.trainSeconds > 0 }
      #expect(isTrained == [true, true, false, true, false, true, false, true])
    }
    let summary = try #require(RunbookSummary.all(of: measured).first)
    #expect(summary.meanRecall == 1 && summary.cells.count == 4 && summary.seconds > 0)
  }

  @Test(.enabled(if: CCompiler.path != nil, "needs a C compiler"))
  func aPlugInFollowsARunbook() throws {
    let plugin = try CCompiler.plugin("exhaustive", in: temporary.path)
    let subject = try #require(ForeignSubject.kinds(ofPlugin: plugin).map(\.subject).first { $0.kind == "exhaustive" })
    let measured = try run(plan(subject))
    #expect(measured.map(\.dataset.trainSize) == [150, 100, 100, 215])
    #expect(measured.map(\.quality.recall) == [1, 1, 1, 1])
  }

  @Test func anIndexThatTakesNoUpdatesIsRefused() {
    #expect(throws: PlanError.workload(.onlySearched(kind: "sealed"))) { try plan(Subject(SealedIndex.self)) }
  }

  /// An index that is never told of the removals would return them.
  @Test func rowsThatAreNotStoredAreMisses() throws {
    var datasets = RunbookDatasets(
      try RunbookFile(path: file).runbook(for: "moving"), of: Self.dataset, files: nil, threads: 1)
    let stored = try datasets.stored(at: 6, k: 3)
    #expect(stored.tags == Array(0..<10) + Array(60..<150))
    #expect(stored.places[60] == 10 && stored.places[10] == .max && stored.places[200] == .max)
    // Tag 100 has the vector of row 250 now.
    #expect(stored.dataset.train[row: 50][0] == Self.dataset.train[row: 250][0])
    #expect(try datasets.stored(at: 2, k: 3).tags == Array(0..<150), "an earlier step is reached again")
  }

  @Test func trueNeighboursAreComputedOnce() throws {
    _ = try run(plan("flat"))
    let folder = "\(temporary.path)/truth"
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(names.count == 4 && names.allSatisfy { $0.hasPrefix("moving-runbook-") })
    let dates = try names.map {
      try FileManager.default.attributesOfItem(atPath: "\(folder)/\($0)")[.modificationDate] as? Date
    }
    _ = try run(plan("ivf-flat", ["nlist": "4", "nprobe": "4"]))
    let later = try names.map {
      try FileManager.default.attributesOfItem(atPath: "\(folder)/\($0)")[.modificationDate] as? Date
    }
    #expect(later == dates)
  }

  @Test func aRunbookThatDoesNotSuitIsRefusedBeforeAnythingIsMeasured() throws {
    try Self.steps.replacing("start: 10, end: 60", with: "start: 10, end: 151").write(
      toFile: file, atomically: true, encoding: .utf8)
    let error = #expect(throws: PlanError.self) { try plan("flat") }
    #expect(
      error?.description
        == "\(file): moving, step 3: start 150: expected a row that is stored; insert it first, or leave it out")
  }

  /// The true neighbours of two queries at the second step, when the rows from `start` on are stored.
  private func truth(ofRowsFrom start: Int) throws -> RunbookTruth {
    let steps = try RunbookFile(
      YAMLParser.parse(
        "a: {1: {operation: insert, start: \(start), end: 40}, 2: {operation: search}}", source: "steps.yaml"),
      path: "steps.yaml")
    return try RunbookTruth(
      try steps.runbook(for: "line"), of: Dataset.line(points: 40, queries: 2), k: 3, threads: 1)
  }

  /// The layout of big-ann-benchmarks: two counts, tags, distances.
  @Test func truthIsWrittenAndCheckedAsBigAnnBenchmarksDoes() throws {
    let truth = try truth(ofRowsFrom: 5)
    let folder = "\(temporary.path)/gt"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    #expect(try truth.write(to: folder) == 1)
    let path = "\(folder)/step2.gt3"
    var data = try Data(contentsOf: URL(filePath: path))
    func numbers(_ data: Data) -> [UInt32] {
      stride(from: 0, to: data.count, by: 4).map { place in
        (0..<4).reduce(0) { $0 | UInt32(data[place + $1]) << (8 * UInt32($1)) }
      }
    }
    // The queries are at 0.1 and 10.1; the first stored row is 5.
    #expect(numbers(data).prefix(8) == [2, 3, 5, 6, 7, 10, 11, 9])
    #expect(data.count == 8 + 2 * 3 * 8 && Float(bitPattern: numbers(data)[8]) == 4.9)
    #expect(try truth.check(folder) == 1)
    data[8] = 4
    try data.write(to: URL(filePath: path))
    #expect(throws: RunbookTruthError.differs(path: path, query: 0, place: 0, tag: 4, expected: 5)) {
      try truth.check(folder)
    }
    try data.prefix(20).write(to: URL(filePath: path))
    #expect(throws: RunbookTruthError.shape(path: path, bytes: 20, queries: 2, k: 3)) { try truth.check(folder) }
  }

  /// DiskANN's tool, which computes the published files, leaves tag 0 out and writes one number too few.
  @Test func truthWithoutTagZeroIsAccepted() throws {
    let truth = try truth(ofRowsFrom: 0)
    let path = "\(temporary.path)/step2.gt3"
    func check(_ tags: [UInt32]) throws {
      var data = Data()
      for number in [2, 3] + tags { withUnsafeBytes(of: number.littleEndian) { data.append(contentsOf: $0) } }
      try data.write(to: URL(filePath: path))
      _ = try truth.check(temporary.path)
    }
    // The queries are at 0.1 and 10.1; tag 0 is the nearest of the first one.
    try check([0, 1, 2, 10, 11, 9])
    try check([1, 2, .max, 10, 11, 9])
    #expect(throws: RunbookTruthError.differs(path: path, query: 0, place: 2, tag: 3, expected: 2)) {
      try check([1, 3, 2, 10, 11, 9])
    }
    #expect(throws: RunbookTruthError.differs(path: path, query: 1, place: 1, tag: 9, expected: 11)) {
      try check([1, 2, 3, 10, 9, 39])
    }
    #expect(throws: RunbookTruthError.self) { try check([2, 0, 1, 10, 11, 9]) }
  }
}
