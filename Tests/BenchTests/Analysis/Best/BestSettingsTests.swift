import Foundation
import TestSupport
import Testing

@testable import Bench

@Suite struct BestSettingsTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  /// A measured cell that was never run.
  private struct Cell {
    var variant = "a"
    var effort = 1
    var low = 0.95
    var speed = 1000.0
    var rounds: [Double]?
    var p99 = 1.0
    var bytes = 1000
    var build = 1.0
    var k = 2
    var seed: UInt64 = 1
    var dataset = "line"
    var session: String?
    var cpu = "cpu"
    var seconds = 0.0
  }

  private func record(_ cell: Cell) throws -> CellRecord {
    let dataset = SweepDataset.fixture(cell.dataset)
    let planned = try PlannedCell.fixture(seed: cell.seed, effort: cell.effort, k: cell.k)
    var measurement = try CellMeasurement.fixture(seed: cell.seed, effort: cell.effort)
    measurement.variant = cell.variant
    measurement.options = planned.options
    measurement.dataset = dataset.shape
    measurement.quality.recall = min(cell.low + 0.01, 1)
    measurement.uncertainty.recall = Interval(low: cell.low, high: min(cell.low + 0.02, 1))
    measurement.speed.queriesPerSecond = cell.speed
    measurement.speed.p99Milliseconds = cell.p99
    measurement.build.indexBytes = cell.bytes
    measurement.build.trainSeconds = cell.build
    measurement.rounds = (cell.rounds ?? Array(repeating: cell.speed, count: 6)).map {
      RoundFigures(queriesPerSecond: $0, p99Milliseconds: 1, seconds: 1, activity: MachineActivity())
    }
    measurement.session = cell.session
    measurement.provenance = Provenance(commit: "abc", cpu: cell.cpu, system: "")
    measurement.timestamp = Date(timeIntervalSince1970: cell.seconds)
    return CellRecord(
      key: CellKey(planned, variant: cell.variant, dataset: dataset, code: ""), dataset: dataset,
      variant: cell.variant, planned: planned, outcome: .measured(measurement, rawFile: "results/none.hdf5"),
      finished: Date())
  }

  /// The best settings of a ledger with these runs.
  private func best(
    _ requirement: Requirement, _ runs: [[Cell]], disturbances: [Int: [String]] = [:],
    filter: BestSettings.Filter = BestSettings.Filter()
  ) throws -> BestSettings {
    let ledger = try Ledger(folder: temporary.path)
    for (number, cells) in runs.enumerated() {
      let records = try cells.map(record)
      var provenance = Provenance(commit: "abc", cpu: "cpu", system: "")
      provenance.disturbances = disturbances[number] ?? []
      let run = try ledger.beginRun(
        command: "test", keys: records.map(\.key), machine: .current(provenance: provenance))
      try ledger.record(records, run: run)
    }
    return BestSettings(requirement, of: try LatestCells(ledger), filter: filter)
  }

  private func group(_ requirement: Requirement, _ cells: [Cell]) throws -> BestSettings.Group {
    let groups = try best(requirement, [cells]).groups
    try #require(groups.count == 1)
    return groups[0]
  }

  @Test func theFastestSettingWhoseIntervalReachesTheRecallIsChosen() throws {
    let group = try group(
      Requirement(recall: 0.95),
      [
        // Its point reaches the recall, its interval does not.
        Cell(effort: 1, low: 0.945, speed: 3000), Cell(effort: 2, low: 0.95, speed: 2000),
        Cell(effort: 3, low: 0.99, speed: 1000), Cell(variant: "b", effort: 2, low: 0.96, speed: 1500),
        Cell(variant: "b", effort: 3, low: 0.97, speed: 2500),
      ])
    #expect(group.reached.map(\.name) == ["b(effort=3)", "a(effort=2)"] && group.missed.isEmpty)
    // Interpolated at 0.95 between the points (0.955, 3000) and (0.96, 2000): the point 0.955 is above already.
    #expect(group.reached[1].interpolated == 3000)
  }

  @Test(arguments: [
    (Requirement(recall: 0.9, p99Milliseconds: 2), 1), (Requirement(recall: 0.9, memoryBytes: 2000), 2),
    (Requirement(recall: 0.9, buildSeconds: 2), 3), (Requirement(recall: 0.9), 4),
    (Requirement(recall: 0.9, p99Milliseconds: 2, memoryBytes: 500), 5),
  ])
  func limitsAreKept(requirement: Requirement, expected: Int) throws {
    let group = try group(
      requirement,
      [
        Cell(effort: 1, speed: 1000, p99: 2, bytes: 2001, build: 2.1),
        Cell(effort: 2, speed: 2000, p99: 2.1, bytes: 2000, build: 2.1),
        Cell(effort: 3, speed: 3000, p99: 2.1, bytes: 2001, build: 1.9),
        Cell(effort: 4, speed: 4000, p99: 2.1, bytes: 2001, build: 2.1),
        Cell(effort: 5, speed: 10, p99: 1, bytes: 500),
      ])
    #expect(group.reached.map(\.name) == ["a(effort=\(expected))"])
  }

  @Test func whatComesNearestIsNamedWhereNothingReachesIt() throws {
    let group = try group(
      Requirement(recall: 0.95, p99Milliseconds: 1),
      [
        Cell(effort: 1, low: 0.7, speed: 9000), Cell(effort: 2, low: 0.94, speed: 10),
        // It reaches the recall, but takes twice the time.
        Cell(effort: 3, low: 0.99, p99: 2), Cell(variant: "b", low: 0.94, p99: 1.01),
      ])
    #expect(group.reached.isEmpty)
    // 6 % instead of 5 % of the neighbours are missing in both; b misses p99, too.
    #expect(group.missed.map(\.name).sorted() == ["a(effort=2)", "b(effort=1)"])
    #expect(group.missed.first { $0.variant == "b" }?.unmet == [.recall, .p99])
    #expect(group.missed.first { $0.variant == "a" }?.unmet == [.recall])
    #expect(group.missed.allSatisfy { $0.slowdown == nil })
  }

  @Test func aRecallOfOneIsReachedByExactAnswersOnly() throws {
    let group = try group(
      Requirement(recall: 1), [Cell(effort: 1, low: 0.9999, speed: 2000), Cell(effort: 2, low: 1, speed: 10)])
    #expect(group.reached.map(\.name) == ["a(effort=2)"])
  }

  @Test func amongEquallyFastSettingsTheHigherRecallWins() throws {
    let group = try group(
      Requirement(recall: 0.9), [Cell(effort: 1, low: 0.92), Cell(effort: 2, low: 0.95), Cell(effort: 3, low: 0.93)])
    #expect(group.reached.map(\.name) == ["a(effort=2)"])
  }

  @Test func datasetsAndNumbersOfNeighboursAreRankedApart() throws {
    let cells = [
      Cell(effort: 1, speed: 1), Cell(effort: 2, speed: 2, k: 5), Cell(effort: 3, speed: 3, dataset: "other"),
      Cell(variant: "b", effort: 4, speed: 4),
    ]
    let all = try best(Requirement(recall: 0.9), [cells])
    #expect(all.groups.map { "\($0.dataset) \($0.k)" } == ["line 2", "line 5", "other 2"])
    #expect(all.groups.map { $0.reached.map(\.variant) } == [["b", "a"], ["a"], ["a"]])
    var filter = BestSettings.Filter()
    (filter.datasets, filter.ks, filter.variants) = (["line"], [2], ["a"])
    let some = try best(Requirement(recall: 0.9), [cells], filter: filter)
    #expect(some.groups.map { $0.reached.map(\.variant) } == [["a"]])
  }

  @Test func aSettingReachesTheRecallWhenEachOfItsBuildsDoes() throws {
    let group = try group(
      Requirement(recall: 0.95),
      [
        Cell(effort: 1, low: 0.97, speed: 3000, seed: 1), Cell(effort: 1, low: 0.94, speed: 3000, seed: 2),
        Cell(effort: 2, low: 0.96, speed: 900, seed: 1), Cell(effort: 2, low: 0.97, speed: 1100, seed: 2),
        Cell(effort: 2, low: 0.96, speed: 1000, seed: 3),
      ])
    #expect(group.reached.map(\.name) == ["a(effort=2)"])
    #expect(group.reached[0].measurement.speed.queriesPerSecond == 1000)
  }

  @Test func theNewestMeasurementOfEachCellCounts() throws {
    let best = try best(
      Requirement(recall: 0.9),
      [
        [Cell(effort: 1, speed: 5000), Cell(effort: 2, speed: 3000)], [Cell(effort: 1, speed: 1000, seconds: 1)],
        [Cell(effort: 2, speed: 9000, seconds: 2)],
      ], disturbances: [2: ["slow"]])
    #expect(best.groups.map { $0.reached.map(\.name) } == [["a(effort=2)"]])
    #expect(best.groups[0].reached[0].measurement.speed.queriesPerSecond == 3000)
    #expect(best.disturbedRuns == [3])
  }

  @Test func measurementsOfAnotherMachineAreLeftOut() throws {
    let best = try best(
      Requirement(recall: 0.9),
      [[Cell(effort: 1, speed: 9000, cpu: "fast"), Cell(effort: 2, speed: 10, seconds: 1)]])
    #expect(best.groups.map { $0.reached.map(\.name) } == [["a(effort=2)"]])
    #expect(best.refusals == [.cpu(base: "fast", head: "cpu")])
  }

  /// The rounds of b are 20 % slower than those of a, and both slow down together.
  @Test(arguments: [true, false]) func roundsOfOneSessionArePaired(isInterleaved: Bool) throws {
    let rounds = [1000.0, 900, 800, 700, 600, 500, 400, 300]
    let group = try group(
      Requirement(recall: 0.9),
      [
        Cell(variant: "b", speed: 520, rounds: rounds.map { 0.8 * $0 }, session: "b"),
        Cell(variant: "a", speed: 650, rounds: rounds, session: isInterleaved ? "b" : "a"),
      ])
    let choice = try #require(group.reached.last)
    #expect(choice.variant == "b" && choice.isPaired == isInterleaved)
    let slowdown = try #require(choice.slowdown)
    let interval = try #require(slowdown.interval)
    #expect(abs(slowdown.ratio - 1.25) < (isInterleaved ? 1e-9 : 0.3))
    #expect((interval.high - interval.low < 1e-6) == isInterleaved)
  }
}
