import Foundation
import Testing

@testable import Bench

@Suite struct CellKeyTests {
  private func key(
    _ planned: PlannedCell, dataset: SweepDataset = .fixture(), code: String = "abc"
  ) -> CellKey { CellKey(planned, dataset: dataset, code: code) }

  @Test func theSameCellHasTheSameKeyForEver() throws {
    // Written down: a changed recipe would have every sweep measured again.
    #expect(
      try key(.fixture(seed: 1)).text == "f2557d889b46f9e1fa6184753c47da74904c1c0688a79b4ef2203caf8842fa87")
  }

  @Test func whatMakesAResultMakesAKey() throws {
    let base = try PlannedCell.fixture()
    var options: [RunOptions] = []
    for change: (inout RunOptions) -> Void in [
      { $0.k = 3 }, { $0.rounds = 9 }, { $0.mode = .batch }, { $0.threads = 2 }, { $0.buildThreads = 7 },
      { $0.seed = 5 },
    ] {
      var changed = base.options
      change(&changed)
      options.append(changed)
    }
    var shape = SweepDataset.fixture().shape
    shape.queries = 5
    let fewer = SweepDataset(argument: "", path: "", sha256: SweepDataset.fixture().sha256, shape: shape)
    let other = SweepDataset(argument: "", path: "", sha256: "cd", shape: SweepDataset.fixture().shape)
    let limits = [(50, 10), (51, 10), (50, 11)].map { rows, depth in
      SweepDataset(
        argument: "", path: "", sha256: SweepDataset.fixture().sha256, shape: SweepDataset.fixture().shape,
        limit: SweepDataset.Limit(rows: rows, depth: depth))
    }
    #expect(Set(limits.map(\.truthFile)).count == 3)
    let keys =
      limits.map { key(base, dataset: $0) } + [
        key(base), try key(.fixture(effort: 50)), key(base, dataset: fewer), key(base, dataset: other),
        key(base, code: "def"),
      ] + options.map { key(PlannedCell(cell: base.cell, options: $0)) }
    #expect(Set(keys).count == keys.count)
  }

  @Test func whereAFileLiesAndWhatItIsCalledDoesNot() throws {
    let base = try PlannedCell.fixture()
    #expect(key(base, dataset: .fixture("a")) == key(base, dataset: .fixture("b")))
  }

  @Test func changedFilesAreToldApartByTheProgramItself() {
    #expect(ProgramCode.identity(commit: "abc1234", program: "/no/such") == "abc1234")
    let program = CommandLine.arguments[0]
    let dirty = ProgramCode.identity(commit: "abc1234-dirty", program: program)
    #expect(dirty.hasPrefix("abc1234-dirty ") && dirty.count == 14 + 64)
    #expect(ProgramCode.identity(commit: "", program: program).count == 1 + 64)
  }
}
