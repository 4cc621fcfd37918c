import Testing
import VectorIndexes

@testable import Bench

@Suite struct CellNamesTests {
  private typealias Named = (variant: String, planned: PlannedCell)

  /// The cells of a sweep of an index under a name.
  private func cells(
    _ variant: String, _ settings: [Setting], search: [Setting] = [], seeds: [UInt64] = [1], stage: WorkloadStage? = nil
  ) throws -> [Named] {
    let swept = try IndexVariant(Subject(IVFFlatIndex.self), name: variant, build: settings, search: search)
    return seeds.flatMap { seed in
      swept.builds.flatMap { build in
        swept.searches.map { search in
          var options = RunOptions()
          options.seed = seed
          options.stage = stage
          return (variant, PlannedCell(cell: Cell(kind: "ivf-flat", build: build, search: search), options: options))
        }
      }
    }
  }

  private func names(_ cells: [Named]) -> [String] {
    let names = CellNames(cells)
    return cells.map { names.cell($0.variant, $0.planned) }
  }

  @Test func aSettingNamesWhatIsNotAtItsDefault() throws {
    func settings(_ cells: [Named]) -> [String] {
      let names = CellNames(cells)
      return cells.map { names.setting($0.variant, $0.planned) }
    }
    let nlist = Setting("nlist", ["64"])
    #expect(try settings(cells("ivf", [nlist])) == ["ivf(nlist=64)"])
    #expect(
      try settings(cells("ivf", [nlist], search: [Setting("nprobe", ["1", "8"])]))
        == ["ivf(nlist=64, nprobe=1)", "ivf(nlist=64, nprobe=8)"])
    #expect(try settings(cells("ivf", [])) == ["ivf"])
  }

  @Test func onlyParametersThatDifferAreNamed() throws {
    let nprobe = Setting("nprobe", ["1", "8"])
    #expect(try names(cells("ivf-flat", [Setting("nlist", ["64"])])) == ["ivf-flat"])
    #expect(
      try names(cells("ivf-flat", [Setting("nlist", ["64"])], search: [nprobe]))
        == ["ivf-flat(nprobe=1)", "ivf-flat(nprobe=8)"])
    #expect(
      try names(cells("ivf-flat", [Setting("nlist", ["64", "256"])], search: [Setting("nprobe", ["1"])]))
        == ["ivf-flat(nlist=64)", "ivf-flat(nlist=256)"])
    #expect(try names(cells("ivf-flat", [], seeds: [1, 2])) == ["ivf-flat(seed=1)", "ivf-flat(seed=2)"])
  }

  /// What differs between two indexes of a sweep is in their names there.
  @Test func eachIndexIsLookedAtByItself() throws {
    let all =
      try cells("small", [Setting("nlist", ["8"])]) + cells("large", [Setting("nlist", ["64"])])
      + cells("both", [Setting("niter", ["2", "3"])])
    #expect(names(all) == ["small", "large", "both(niter=2)", "both(niter=3)"])
    #expect(names([]) == [])
  }

  @Test func aStageFollows() throws {
    let stage = WorkloadStage.drift(step: 3, training: .first)
    let cells = try cells("ivf-flat", [], stage: stage)
    #expect(names(cells) == ["ivf-flat, step 3, trained on the first tenth"])
    #expect(CellNames(cells).index(cells[0].variant, cells[0].planned) == "ivf-flat")
  }

  /// A version that has one parameter more has it in its names beside cells without it.
  @Test func aParameterThatSomeCellsDoNotHaveDiffers() throws {
    let known = try cells("ivf-flat", [])
    let older = PlannedCell(
      cell: Cell(kind: "ivf-flat", build: known[0].planned.cell.build, search: try Parameters(declared: [], kind: "")),
      options: known[0].planned.options)
    for cells in [known + [("ivf-flat", older)], [("ivf-flat", older)] + known] {
      #expect(Set(names(cells)) == ["ivf-flat", "ivf-flat(nprobe=auto)"])
    }
  }

  /// Every dimension in which the cells of a view differ is in the whole name, and no other one.
  @Test func dimensionsThatDifferAreNamed() throws {
    func whole(_ change: (inout RunOptions, Int) -> Void, datasets: [String] = ["photos", "photos"]) throws -> [String]
    {
      let cell = try #require(try cells("flat", []).first)
      let records = datasets.enumerated().map { number, name in
        var options = cell.planned.options
        change(&options, number)
        let dataset = SweepDataset.fixture(name)
        let planned = PlannedCell(cell: cell.planned.cell, options: options)
        return CellRecord(
          key: CellKey(planned, dataset: dataset, code: ""), dataset: dataset, variant: "flat", planned: planned,
          outcome: .ended(.failed, error: ""), finished: .distantPast)
      }
      let names = CellNames(records)
      return records.map { names.whole($0) }
    }
    #expect(try whole { _, _ in } == ["flat", "flat"])
    #expect(try whole { $0.k = 1 + 9 * $1 } == ["flat, k = 1", "flat, k = 10"])
    #expect(try whole { $0.threads = 1 + $1 } == ["flat, single", "flat, single ×2"])
    #expect(try whole { $0.mode = [.single, .batch][$1] } == ["flat, single", "flat, batch"])
    #expect(try whole { $0.seed = UInt64($1) } == ["flat(seed=0)", "flat(seed=1)"])
    #expect(try whole({ $0.k = 1 + $1 }, datasets: ["a", "b"]) == ["a, flat, k = 1", "b, flat, k = 2"])
  }

  @Test func buildsOfAPlanLeaveSearchesOut() throws {
    var sweep = Sweep()
    sweep.builds = 2
    sweep.indexes = .variants([
      try IndexVariant(
        Subject(IVFFlatIndex.self), build: [Setting("nlist", ["8", "16"])], search: [Setting("nprobe", ["1", "2"])])
    ])
    let plan = try SweepPlan(sweep, datasets: [.fixture()])
    let names = CellNames(plan)
    #expect(plan.builds.map(names.build).distinct == ["ivf-flat(nlist=8)", "ivf-flat(nlist=16)"])
  }
}
