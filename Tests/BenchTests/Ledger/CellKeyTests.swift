import Foundation
import Testing
import VectorCore

@testable import Bench

@Suite struct CellKeyTests {
  private func key(
    _ planned: PlannedCell, variant: String? = nil, dataset: SweepDataset = .fixture(), code: String = "abc"
  ) -> CellKey { CellKey(planned, variant: variant, dataset: dataset, code: code) }

  @Test func theSameCellHasTheSameKeyForEver() throws {
    // Written down: a changed recipe would have every sweep measured again.
    #expect(
      try key(.fixture(seed: 1)).text == "b07f2106967955ed249b7f98ba6777179ea370e245ac82efc32721e5be393b4e")
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
      var shape = SweepDataset.fixture().shape
      shape.trainSize = rows
      return SweepDataset(
        argument: "", path: "", sha256: SweepDataset.fixture().sha256, shape: shape,
        computed: SweepDataset.ComputedTruth(rows: rows, depth: depth))
    }
    #expect(Set(limits.map(\.truthFile)).count == 3)
    let keys =
      limits.map { key(base, dataset: $0) } + [
        key(base), try key(.fixture(effort: 50)), key(base, dataset: fewer), key(base, dataset: other),
        key(base, code: "def"), key(base, variant: "other"), key(base, dataset: .fixture("renamed")),
        key(base, dataset: .fixture(metric: .angular)),
      ] + options.map { key(PlannedCell(cell: base.cell, options: $0)) }
    #expect(Set(keys).count == keys.count)
  }

  @Test func whereAFileLiesDoesNot() throws {
    let base = try PlannedCell.fixture()
    let fixture = SweepDataset.fixture()
    let moved = SweepDataset(argument: "moved", path: "/else/where.hdf5", sha256: fixture.sha256, shape: fixture.shape)
    #expect(key(base, dataset: moved) == key(base))
    #expect(key(base, variant: "exact") == key(base))
  }

  @Test func aComputedTruthIsOfOneMetric() {
    let files = [Metric.euclidean, .angular].map { metric in
      SweepDataset(
        argument: "", path: "", sha256: "ab", shape: SweepDataset.fixture(metric: metric).shape,
        computed: SweepDataset.ComputedTruth(rows: 50, depth: 10)
      ).truthFile
    }
    #expect(files[0] != files[1])
  }
}
