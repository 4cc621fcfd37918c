import Datasets
import TestSupport
import Testing
import VectorCore
import VectorIndexes

@testable import Bench

@Suite struct DriftWorkloadTests {
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

  /// The builds of these kinds with the settings that each declares.
  private static func builds(_ kinds: [String], _ settings: [Setting], k: Int = 5) throws -> [SweepPlan.Build] {
    var sweep = Sweep()
    sweep.ks = [k]
    sweep.rounds = 1
    sweep.indexes = .variants(
      try IndexVariant.variants(of: kinds.map { try IndexCatalog.standard.type(ofKind: $0) }, settings: settings))
    return try SweepPlan(
      sweep,
      datasets: [
        SweepDataset(argument: "groups", path: "/groups.hdf5", sha256: "", shape: Measurement.DatasetShape(dataset))
      ]
    ).builds
  }

  private static func run(
    _ kinds: [String], _ settings: [Setting] = [], k: Int = 5
  ) throws -> [[DriftMeasurement]] {
    var steps: [[DriftMeasurement]] = []
    let provenance = Provenance(commit: "", cpu: "", system: "")
    try DriftWorkload(dataset, builds: builds(kinds, settings, k: k), provenance: provenance).run { steps.append($0) }
    return steps
  }

  @Test func anExactIndexFindsAllThatIsStoredAtEachStep() throws {
    let steps = try Self.run(["flat"])
    #expect(steps.map { $0.map(\.rows) } == (1...10).map { [150 * $0] })
    #expect(steps.joined().allSatisfy { $0.measurement.quality.recall == 1 && $0.training == .none })
    #expect(steps.joined().map(\.step) == Array(1...10))
    #expect(steps.joined().allSatisfy { $0.statistics.count == $0.rows && $0.trainSeconds == 0 })
  }

  @Test(arguments: [["memory"], ["lmdb"]])
  func whatMustBeTrainedIsGrownTwiceAndTrainingAnewKeepsUp(storage: [String]) throws {
    let settings = [
      Setting("nlist", ["10"]), Setting("nprobe", ["1"]), Setting("refine", ["4"]), Setting("m", ["4"]),
      Setting("storage", storage),
    ]
    let steps = try Self.run(["ivf-pq"], settings)
    #expect(steps.allSatisfy { $0.map(\.training) == [.first, .each] })
    // Ten lists of a tenth of the data do not suit the whole; those that were trained anew do.
    #expect(steps.joined().allSatisfy { ($0.trainSeconds > 0) == ($0.step == 1 || $0.training == .each) })
    let errors = try steps.map { step in
      try step.map { try #require($0.statistics.figures["reconstruction_error"]) }
    }
    #expect(errors[0][0] == errors[0][1])
    #expect(Set(errors.map { $0[0] }).count == 1)
    #expect(Set(errors.map { $0[1] }).count > 5)
  }

  @Test func whatTrainsItselfGrowsByInsertsAlone() throws {
    let settings = [
      Setting("max_leaf", ["40"]), Setting("min_leaf", ["8"]), Setting("m", ["4"]), Setting("refine", ["100"]),
    ]
    let rows = try Self.run(["fractal"], settings + [Setting("nprobe", ["2", "100"])])
    #expect(rows.allSatisfy { $0.map(\.training) == [.itself, .itself] && $0.allSatisfy { $0.trainSeconds == 0 } })
    #expect(rows.allSatisfy { $0[1].measurement.quality.recall == 1 })
    let leaves = rows.compactMap { $0[0].statistics.figures["leaves"] }
    #expect(leaves.count == 10 && leaves == leaves.sorted() && leaves[9] > 2 * leaves[0])
  }

  @Test func aFirstTenthThatIsTooSmallIsRefused() {
    #expect(throws: BenchError.tooFewRows(name: "the first tenth of groups", rows: 150, k: 151)) {
      _ = try Self.run(["flat"], k: 151)
    }
  }
}
