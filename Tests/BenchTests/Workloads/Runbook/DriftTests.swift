import Datasets
import Foundation
import TestSupport
import Testing
import VectorCore
import VectorIndexes

@testable import Bench

@Suite struct DriftTests {
  /// 1500 vectors around 30 centres, and queries beside some of them.
  private static let dataset: Dataset = {
    var generator = SeededGenerator(seed: 3)
    func vector(near center: Int) -> [Float] {
      (0..<8).map { Float((center >> ($0 % 5)) & 1) * 10 + Float(generator.nextUnit()) }
    }
    let train = Matrix((0..<1500).map { vector(near: $0 % 30) })
    let test = Matrix((0..<20).map { vector(near: $0) })
    return Dataset(
      name: "groups", path: "/groups.hdf5", metric: .euclidean, train: train, test: test,
      groundTruth: GroundTruth(depth: 0, neighbors: [], distances: []))
  }()

  private static var about: SweepDataset {
    SweepDataset(argument: "groups", path: "/groups.hdf5", sha256: "ab", shape: DatasetShape(dataset))
  }

  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func plan(_ kinds: [String], _ settings: [Setting] = [], ks: [Int] = [5]) throws -> SweepPlan {
    var sweep = Sweep()
    sweep.workload = .drift
    sweep.ks = ks
    sweep.rounds = 1
    sweep.indexes = .variants(
      try IndexVariant.variants(
        of: kinds.map { Subject(try IndexCatalog.standard.type(ofKind: $0)) }, settings: settings))
    return try SweepPlan(sweep, datasets: [Self.about])
  }

  private func run(_ kinds: [String], _ settings: [Setting] = [], ks: [Int] = [5]) throws -> [CellMeasurement] {
    let runner = SweepRunner(
      try plan(kinds, settings, ks: ks), ledger: try Ledger(folder: temporary.path), supervisor: Supervisor(.here),
      provenance: Provenance(commit: "", cpu: "", system: ""))
    let records = try runner.run(.force, command: "test", load: { _ in Self.dataset }, report: { _ in })
    return try records.map { try #require($0.measurement, "\($0.error)") }
  }

  /// Step and training of each measurement: `3 each`.
  private func stages(_ measured: [CellMeasurement]) -> [String] {
    measured.map { measurement in
      guard case .drift(let step, let training)? = measurement.options.stage else { return "" }
      return "\(step) \(training.rawValue)"
    }
  }

  @Test func anExactIndexFindsAllThatIsStoredAtEachStep() throws {
    let measured = try run(["flat"], ks: [5, 2])
    #expect(stages(measured) == (1...10).flatMap { ["\($0) none", "\($0) none"] })
    let ks: [Int] = measured.map { $0.options.k }
    #expect(ks == (1...10).flatMap { _ in [5, 2] })
    let rows: [Int] = measured.map { $0.dataset.trainSize }
    #expect(rows == (1...10).flatMap { [150 * $0, 150 * $0] })
    for measurement in measured {
      #expect(measurement.quality.recall == 1 && measurement.dataset.queries == 20)
      #expect(measurement.build.trainSeconds == 0 && measurement.build.insertSeconds > 0)
      #expect(measurement.build.indexBytes > 0)
    }
  }

  @Test(arguments: ["memory", "lmdb"])
  func whatMustBeTrainedIsGrownTwiceAndTrainingAnewKeepsUp(storage: String) throws {
    let settings = [
      Setting("nlist", ["10"]), Setting("nprobe", ["1"]), Setting("refine", ["4"]), Setting("m", ["4"]),
      Setting("storage", [storage]),
    ]
    let measured = try run(["ivf-pq"], settings)
    let stages = stages(measured)
    #expect(stages == (1...10).flatMap { ["\($0) first", "\($0) each"] })
    let trained: [Bool] = measured.map { $0.build.trainSeconds > 0 }
    #expect(trained == stages.map { $0.hasSuffix("each") || $0 == "1 first" })
    // Ten lists of a tenth of the data do not suit the whole; those that were trained again do.
    let errors = try measured.map { try #require($0.workload?.index["reconstruction_error"]) }
    #expect(errors[0] == errors[1])
    let first = Set(stride(from: 0, to: 20, by: 2).map { errors[$0] })
    let each = Set(stride(from: 1, to: 20, by: 2).map { errors[$0] })
    #expect(first.count == 1 && each.count > 5)
    #expect(!temporary.contents.contains { $0.hasPrefix("index-") }, "files of indexes go away")
  }

  @Test func whatTrainsItselfGrowsByInsertsAlone() throws {
    let settings = [
      Setting("max_leaf", ["40"]), Setting("min_leaf", ["8"]), Setting("m", ["4"]), Setting("refine", ["100"]),
      Setting("nprobe", ["2", "100"]),
    ]
    let measured = try run(["fractal"], settings)
    #expect(measured.count == 20 && measured.allSatisfy { $0.build.trainSeconds == 0 })
    #expect(stages(measured) == (1...10).flatMap { ["\($0) itself", "\($0) itself"] })
    let thorough = measured.filter { $0.cell.search.integer("nprobe") == 100 }
    #expect(thorough.count == 10 && thorough.allSatisfy { $0.quality.recall == 1 })
    let leaves = thorough.compactMap { $0.workload?.index["leaves"] }
    #expect(leaves.count == 10 && leaves == leaves.sorted() && leaves[9] > 2 * leaves[0])
  }

  @Test func aFirstTenthThatIsTooSmallIsRefusedBeforeAnythingIsMeasured() {
    #expect(throws: PlanError.workload(.tooFewRows(name: "the first tenth of groups", rows: 150, k: 151))) {
      try plan(["flat"], ks: [151])
    }
  }

  @Test func cellsAndKeysTellStepsApart() throws {
    let plan = try plan(["ivf-flat"], [Setting("nprobe", ["1", "2"])])
    #expect(plan.cellCount == 40 && plan.builds.count == 1)
    let cells = plan.builds[0].cells
    #expect(Set(cells.map { CellKey($0, dataset: Self.about, code: "") }).count == 40)
    #expect(Set(cells.map(\.label)).count == 40 && cells[0].label.hasSuffix(", step 1, trained on the first tenth"))
    #expect(Set(cells.map { CellSubject($0, dataset: Self.about) }).count == 40)
    #expect(plan.estimate.searchSeconds > 0)
  }

  // MARK: - What is stored

  @Test func theTruthOfAStepIsKeptAndReadAgain() throws {
    var datasets = RunbookDatasets.drift(
      Self.dataset,
      files: RunbookDatasets.StepFiles(
        title: "drift", about: Self.about, files: TruthFiles(folder: temporary.path, cache: nil)), threads: 1)
    // The fourth step is the second search.
    let second = try datasets.stored(at: 4, k: 3).dataset
    #expect(second.train.rows == 300 && second.groundTruth.depth == 3)
    #expect(second.groundTruth.neighbors.allSatisfy { (0..<300).contains($0) })
    let files = temporary.files
    #expect(files.count == 1 && files[0].hasPrefix("truth/groups-drift-"))
    #expect(try datasets.stored(at: 4, k: 3).dataset.groundTruth.distances == second.groundTruth.distances)
    #expect(temporary.files == files)
    _ = try datasets.stored(at: 4, k: 4)
    #expect(temporary.files.count == 2, "another k is another truth")
    let other = try TemporaryFolder()
    var unkept = RunbookDatasets.drift(
      Self.dataset,
      files: RunbookDatasets.StepFiles(
        title: "drift", about: Self.about, files: TruthFiles(folder: other.path, cache: nil, isWritten: false)),
      threads: 1)
    let found = try unkept.stored(at: 4, k: 3).dataset.groundTruth
    #expect(found.neighbors == second.groundTruth.neighbors && found.distances == second.groundTruth.distances)
    #expect(other.files == [], "what only reads a folder writes nothing")
    // It is read indeed: one that is damaged is refused.
    try Data("no".utf8).write(to: URL(filePath: "\(temporary.path)/\(files[0])"))
    #expect(throws: BenchError.self) { try datasets.stored(at: 4, k: 3) }
  }

  /// Cells that were measured before are not measured again: the index grows up to the last one that was not.
  @Test func someStepsAloneAreMeasured() throws {
    let build = try plan(["ivf-flat"], [Setting("nlist", ["4"])]).builds[0]
    let places = build.cells.indices.filter { place in
      guard case .drift(let step, let training) = build.cells[place].options.stage else { return false }
      return (step == 3 && training == .each) || (step == 5 && training == .first)
    }
    let identity = WorkOrder.Identity(
      keys: build.cells.map { CellKey($0, dataset: Self.about, code: "") },
      provenance: Provenance(commit: "", cpu: "", system: ""), run: 1)
    let order = WorkOrder(build, places: places, as: identity, folder: temporary.path, files: nil)
    var measured: [String] = []
    var grown: [String] = []
    Worker(order: order, catalog: .standard, loaded: Self.dataset).run { event in
      switch event {
      case .measured(let cell, let measurement, _):
        measured.append("\(cell) \(measurement.options.stage?.description ?? "")")
      case .working(let text) where text.hasPrefix("following"): grown.append(text)
      case .failed(_, let error), .buildFailed(let error): measured.append(error)
      default: break
      }
    }
    #expect(measured == ["0 step 3, trained at each", "1 step 5, trained on the first tenth"])
    #expect(grown.count == 5 && grown.last == "following step 9 of 20")
  }
}
