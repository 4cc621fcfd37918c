import Testing
import VectorCore
import VectorIndexes

@testable import Bench

@Suite struct SweepPlanTests {
  private func plan(
    _ datasets: [SweepDataset] = [.fixture()], _ adjust: (inout Sweep) throws -> Void
  ) throws -> SweepPlan {
    var sweep = Sweep()
    sweep.indexes = .variants([try IndexVariant(Subject(ExactIndex.self))])
    try adjust(&sweep)
    return try SweepPlan(sweep, datasets: datasets)
  }

  @Test func oneBuildServesAllSearchesKsModesAndThreads() throws {
    let plan = try plan {
      $0.indexes = .variants([
        try IndexVariant(
          Subject(ExactIndex.self), build: [Setting("width", ["2", "3"])], search: [Setting("effort", ["10", "20"])])
      ])
      $0.ks = [1, 10]
      $0.modes = [.single, .batch]
      $0.threads = [1, 2]
    }
    #expect(plan.builds.map(\.label) == ["exact(width=2)", "exact(width=3)"])
    #expect(plan.builds.allSatisfy { $0.cells.count == 16 } && plan.cellCount == 32)
    #expect(plan.builds[0].cells.prefix(3).map { $0.cell.search.integer("effort") } == [10, 20, 10])
    #expect(Set(plan.builds[0].cells.map { "\($0.options.k) \($0.options.mode) \($0.options.threads)" }).count == 8)
  }

  @Test func everyDatasetIsSweptAndEveryBuildHasASeedOfItsOwn() throws {
    let plan = try plan([.fixture("a"), .fixture("b")]) {
      $0.builds = 3
      $0.seed = .max
    }
    #expect(plan.builds.map(\.dataset.name) == ["a", "a", "a", "b", "b", "b"])
    #expect(plan.builds.prefix(3).map(\.seed) == [.max, 0, 1])
    #expect(plan.builds.allSatisfy { $0.cells[0].options.seed == $0.seed })
  }

  @Test func datasetsOfOneNameAreRefusedUnlessTheyAreTheSame() throws {
    func dataset(_ path: String, sha256: String) -> SweepDataset {
      SweepDataset(argument: path, path: path, sha256: sha256, shape: SweepDataset.fixture("a").shape)
    }
    let one = dataset("x/a.hdf5", sha256: "1")
    #expect(throws: PlanError.sameName("a", paths: ["x/a.hdf5", "y/a.hdf5"])) {
      try plan([one, dataset("y/a.hdf5", sha256: "2")]) { _ in }
    }
    #expect(try plan([one, dataset("y/a.hdf5", sha256: "1")]) { _ in }.datasets == [one])
  }

  @Test func filtersChooseCellsAndBuildsWithoutAnyAreLeftOut() throws {
    let plan = try plan([.fixture("a"), .fixture("b")]) {
      $0.ks = [1, 10]
      $0.indexes = .variants([
        try IndexVariant(
          Subject(ExactIndex.self), build: [Setting("width", ["1", "2"])],
          search: [Setting("effort", ["10", "20", "30"])],
          only: [CellFilter(["effort": ["10", "30"]])],
          except: [
            CellFilter(["width": ["2"], "k": ["10"]]), CellFilter(["dataset": ["b"], "width": ["2"]]),
            CellFilter(["mode": ["batch"]]),
          ])
      ])
    }
    #expect(
      plan.builds.map { "\($0.dataset.name) \($0.label) \($0.cells.count)" } == [
        "a exact(width=1) 4", "a exact(width=2) 2", "b exact(width=1) 4",
      ])
  }

  @Test func whatVariantsOfOneNameHaveInCommonIsMeasuredOnce() throws {
    let plan = try plan {
      $0.indexes = .variants([
        try IndexVariant(Subject(ExactIndex.self), search: [Setting("effort", ["1", "2"])]),
        try IndexVariant(Subject(ExactIndex.self), search: [Setting("effort", ["2", "3"])]),
        try IndexVariant(Subject(ExactIndex.self), name: "other", search: [Setting("effort", ["2", "3"])]),
      ])
    }
    #expect(plan.builds.map(\.variant) == ["exact", "other"])
    #expect(plan.builds.map { $0.cells.map { $0.cell.search.integer("effort") } } == [[1, 2, 3], [2, 3]])
  }

  @Test func aVariantsLimitsComeBeforeTheSweeps() throws {
    let plan = try plan {
      $0.limits = Limits(seconds: 10, memoryBytes: 1000)
      $0.indexes = .variants([try IndexVariant(Subject(ExactIndex.self), limits: Limits(seconds: 5))])
    }
    #expect(plan.builds[0].limits == Limits(seconds: 5, memoryBytes: 1000))
  }

  @Test func aMetricThatAnIndexDoesNotHaveIsAnObstacle() throws {
    let build = try plan { _ in }.builds[0]
    #expect(build.obstacle == nil)
    let other = try plan { $0.indexes = .variants([try IndexVariant(Subject(SealedIndex.self))]) }
    #expect(other.builds[0].obstacle == nil)
    let angular = try plan([.fixture(metric: .angular)]) {
      $0.indexes = .variants([try IndexVariant(Subject(SealedIndex.self))])
    }
    #expect(angular.builds[0].obstacle?.contains("sealed does not support the metric angular") == true)
  }

  @Test func nothingToMeasureIsRefused() {
    #expect(throws: PlanError.nothing) { try plan([]) { _ in } }
    #expect(throws: PlanError.nothing) {
      try plan {
        $0.indexes = .variants([try IndexVariant(Subject(ExactIndex.self), only: [CellFilter(["k": ["7"]])])])
      }
    }
  }

  @Test func theEstimateGrowsWithTheWork() throws {
    let small = try plan { _ in }.estimate
    let larger = try plan { $0.ks = [1, 2, 3] }.estimate
    #expect(abs(larger.searchSeconds - 3 * small.searchSeconds) < 1e-12 && small.searchSeconds > 0)
    #expect(larger.buildSeconds == small.buildSeconds && small.memoryBytes == 2 * 4 * 200)
    let trained = try ["8", "64"].map { nlist in
      let variant = try IndexVariant(Subject(IVFFlatIndex.self), build: [Setting("nlist", [nlist])])
      return try plan { $0.indexes = .variants([variant]) }.estimate
    }
    #expect(trained[1].buildSeconds > trained[0].buildSeconds)
  }
}

extension SweepDataset {
  static func fixture(_ name: String = "line", metric: Metric = .euclidean) -> SweepDataset {
    SweepDataset(
      argument: "\(name).hdf5", path: "/\(name).hdf5", sha256: String(repeating: "ab", count: 32),
      shape: DatasetShape(name: name, metric: metric, trainSize: 100, dimension: 2, queries: 10))
  }
}
