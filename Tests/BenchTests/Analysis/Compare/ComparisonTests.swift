import Foundation
import TestSupport
import Testing
import VectorCore

@testable import Bench

@Suite struct ComparisonTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  /// Compares two made-up runs.
  private func comparison(
    _ base: [MadeUpCell], _ head: [MadeUpCell], isPaired: Bool = true,
    _ options: Comparison.Options = Comparison.Options()
  ) throws -> Comparison {
    Comparison(
      base: try .fixture(in: temporary.path, base),
      head: try .fixture(in: temporary.path, number: 2, pairedWith: isPaired ? 1 : nil, head), options: options)
  }

  @Test func aSlowerHeadIsToldByHowMuch() throws {
    // The machine halves its speed meanwhile: pairs do not care.
    let drift = (0..<15).map { 100 * (1 + Double($0) / 15) }
    for isPaired in [true, false] {
      let compared = try comparison(
        [MadeUpCell(microseconds: drift)], [MadeUpCell(microseconds: drift.map { $0 * 1.1 })], isPaired: isPaired)
      let cell = try #require(compared.cells.first)
      #expect(compared.isInterleaved == isPaired && compared.cells.count == 1 && cell.refusals.isEmpty)
      let speed = try #require(cell.quotients[.qps])
      let width = try #require(speed.interval).high - (speed.interval?.low ?? 0)
      #expect(abs(speed.ratio - 1 / 1.1) < (isPaired ? 0.001 : 0.1))
      #expect(isPaired ? width < 0.01 : width > 0.2)
      #expect(abs((cell.quotients[.p50]?.ratio ?? 0) - 1.1) < (isPaired ? 0.001 : 0.1))
      #expect(cell.quotients[.p99]?.pairedLogRatios.count == (isPaired ? 15 : 0))
      #expect(cell.recall?.difference == 0 && cell.recall?.interval == Interval(low: 0, high: 0))
      #expect(cell.quotients[.build]?.ratio == 1 && cell.quotients[.build]?.interval == nil)
    }
  }

  @Test func indexesOfOneInterleavedRunAreComparedRoundByRound() throws {
    var drift = MadeUpCell(microseconds: (0..<15).map { 100 * (1 + Double($0) / 15) })
    var slower = MadeUpCell(microseconds: drift.microseconds.map { $0 * 1.1 }, variant: "slower")
    var options = Comparison.Options()
    options.baseVariants = ["exact"]
    options.headVariants = ["slower"]
    options.recalls = [Dispersion.mean(drift.recalls)]
    for session in ["a", "b", nil] {
      let isInterleaved = session == "a"
      drift.change = { $0.session = "a" }
      slower.change = { $0.session = session }
      let run = try ComparedRun.fixture(in: temporary.path, [drift, slower])
      let compared = Comparison(base: run, head: run, options: options)
      #expect(compared.isInterleaved == isInterleaved)
      let front = try #require(compared.fronts.first { $0.figure == .qps })
      let speed = try #require(front.levels.first?.quotient)
      #expect(abs(speed.ratio - 1 / 1.1) < (isInterleaved ? 0.001 : 0.1))
      #expect(speed.pairedLogRatios.count == (isInterleaved ? 15 : 0))
    }
  }

  @Test func twoDisturbedRoundsOfFifteenChangeNothing() throws {
    var head = MadeUpCell()
    head.microseconds[3] = 1000
    head.microseconds[7] = 1000
    let speed = try #require(try comparison([MadeUpCell()], [head]).cells.first?.quotients[.qps])
    #expect(abs(speed.ratio - 1) < 1e-6)
  }

  @Test func queriesThatAreNotJudgedAreNotCompared() throws {
    var (base, head) = (MadeUpCell(), MadeUpCell())
    base.recalls[3] = .nan
    head.recalls[3] = .nan
    head.recalls[7] = 0.4
    base.change = { $0.quality.recall = 0.9 }
    head.change = { $0.quality.recall = 0.9 - 0.5 / 39 }
    let cell = try #require(try comparison([base], [head]).cells.first)
    let recall = try #require(cell.recall)
    #expect(recall.queries == 39 && abs(recall.difference + 0.5 / 39) < 1e-9)
    let interval = try #require(recall.interval)
    #expect(interval.low < -0.01 && interval.high <= 0 && (recall.deviation ?? 0) > 0)
    #expect(cell.worstQueries.first?.query == 7 && !cell.worstQueries.contains { $0.query == 3 })
  }

  @Test func lostRecallHasTheQueriesThatLostIt() throws {
    var head = MadeUpCell()
    head.recalls[7] = 0.4
    head.recalls[9] = 0.8
    let cell = try #require(try comparison([MadeUpCell()], [head]).cells.first)
    let recall = try #require(cell.recall)
    #expect(abs(recall.difference + 0.6 / 40) < 1e-9)
    let interval = try #require(recall.interval)
    #expect(interval.low < -0.03 && interval.high <= 0 && interval.high > -0.015)
    #expect(cell.worstQueries.map(\.query) == [7, 9] && cell.worstQueries[0].headRecall == 0.4)
    #expect(abs((cell.worstQueries[0].baseMilliseconds ?? 0) - 0.0675) < 1e-9)
  }

  @Test func timesOfAnotherMachineAreNotComparedButRecallIs() throws {
    for (change, reason) in [
      ({ $0.provenance = Provenance(commit: "", cpu: "other", system: "") }, "the processor is cpu and other"),
      ({ $0.provenance.simd = "scalar" }, "the kernels use"), ({ $0.provenance.configuration = "x" }, "the builds are"),
      ({ $0.options.threads = 2 }, "the searching threads are 1 and 2"),
    ] as [((inout CellMeasurement) -> Void, String)] {
      let compared = try comparison([MadeUpCell()], [MadeUpCell(change: change)])
      let cell = try #require(compared.cells.first)
      #expect(cell.quotients[.qps] == nil && cell.quotients[.p99] == nil && cell.quotients[.build] == nil)
      #expect(abs((cell.recall?.head ?? 0) - 0.9) < 1e-9 && cell.quotients[.indexBytes]?.ratio == 1)
      #expect(compared.refusals.count == 1 && compared.refusals[0].description.hasPrefix(reason))
      #expect(compared.fronts.allSatisfy { $0.levels.isEmpty })
    }
    let other = try comparison([MadeUpCell()], [MadeUpCell(change: { $0.datasetSHA256 = "cd" })])
    #expect(other.cells[0].recall == nil && other.cells[0].quotients.isEmpty && other.refusals[0].isOfDataset)
  }

  @Test func frontsAreComparedAtEqualRecallAndNeverExtrapolated() throws {
    func cells(_ slowdown: Double, _ recalls: [Double]) -> [MadeUpCell] {
      zip([50, 100, 99], recalls).map { effort, recall in
        MadeUpCell(
          effort: effort, microseconds: Array(repeating: 100 * slowdown * recall, count: 15),
          recalls: Array(repeating: recall, count: 40))
      }
    }
    var options = Comparison.Options()
    options.recalls = [0.95, 0.8, 0.6]
    let compared = try comparison(cells(1, [0.5, 0.7, 0.9]), cells(2, [0.5, 0.7, 0.96]), options)
    let front = try #require(compared.fronts.first { $0.figure == .qps })
    #expect(front.levels.map(\.recall) == [0.6, 0.8, 0.95])
    #expect(front.levels.map { $0.base == nil } == [false, false, true])
    #expect(front.levels[2].head != nil && front.levels[2].quotient == nil)
    #expect(abs((front.levels[0].quotient?.ratio ?? 0) - 0.5) < 0.001)
    #expect(front.dominance.winner == .base && abs((front.dominance.meanSpeedup ?? 0) - 0.5) < 0.02)
    #expect(front.dominance.range?.low == 0.5 && abs((front.dominance.range?.high ?? 0) - 0.9) < 1e-9)
    #expect(abs(front.dominance.baseReaches - 0.9) < 1e-9 && abs(front.dominance.headReaches - 0.96) < 1e-9)
    let tail = try #require(compared.fronts.first { $0.figure == .p99 })
    #expect(abs((tail.levels[0].quotient?.ratio ?? 0) - 2) < 0.001 && tail.dominance.winner == .base)
    #expect(try comparison(cells(1, [0.5, 0.7, 0.9]), cells(1, [0.5, 0.7, 0.9])).fronts[0].dominance.winner == .equal)
  }

  @Test func whatOneRunHasNotIsSaid() throws {
    let compared = try comparison(
      [MadeUpCell(effort: 1), MadeUpCell(effort: 2), MadeUpCell(effort: 3)],
      [MadeUpCell(effort: 3), MadeUpCell(effort: 2, status: .timeout), MadeUpCell(effort: 4)])
    #expect(compared.cells.count == 1)
    #expect(compared.unmatched.map(\.base) == [.ok, .ok, nil])
    #expect(compared.unmatched.map(\.head) == [nil, .timeout, .ok])
    #expect(compared.unmatched[1].error == "it crashed")
  }

  @Test func cellsOfOtherThreadsAreMatchedWhereThatLeavesNoChoice() throws {
    func cells(_ threads: [Int]) -> [MadeUpCell] { threads.map { MadeUpCell(threads: $0) } }
    let one = try comparison(cells([1]), cells([4]))
    #expect(one.cells.count == 1 && one.cells[0].refusals == [.threads(base: 1, head: 4)] && one.unmatched.isEmpty)
    let two = try comparison(cells([1, 2]), cells([2, 4, 8]))
    #expect(two.cells.map(\.subject.threads) == [2] && two.unmatched.count == 3)
  }

  @Test func equalCellsOfTwoNamesKeepTheirs() throws {
    let cells = ["a", "b"].map { MadeUpCell(effort: $0 == "a" ? 1 : 2, variant: $0) }
    // Told apart by the name alone.
    func run(_ number: Int, _ variants: [String]) throws -> ComparedRun {
      let run = try ComparedRun.fixture(in: temporary.path, number: number, cells)
      let records = try variants.map { variant in
        let record = try #require(run.records.first { $0.variant == variant })
        return CellRecord(
          key: record.key, dataset: record.dataset, variant: variant, planned: run.records[0].planned,
          outcome: record.outcome, finished: record.finished)
      }
      return ComparedRun(folder: temporary.path, run: run.run, records: records)
    }
    let both = Comparison(base: try run(1, ["a", "b"]), head: try run(2, ["b", "a"]))
    #expect(both.cells.map(\.variant) == ["a", "b"] && both.unmatched.isEmpty)
    let one = Comparison(base: try run(1, ["a", "b"]), head: try run(2, ["b"]))
    #expect(one.cells.map(\.variant) == ["b"] && one.unmatched.map(\.variant) == ["a"])
  }

  @Test func aRawResultOfAnotherCellIsNotTaken() throws {
    let base = try ComparedRun.fixture(in: temporary.path, [MadeUpCell(), MadeUpCell(effort: 3)])
    guard case .measured(_, let own?) = base.records[0].outcome, case .measured(_, let other?) = base.records[1].outcome
    else { return }
    try FileManager.default.removeItem(atPath: "\(temporary.path)/\(own)")
    try FileManager.default.copyItem(atPath: "\(temporary.path)/\(other)", toPath: "\(temporary.path)/\(own)")
    let compared = Comparison(base: base, head: base)
    #expect(compared.cells[0].recall?.interval == nil && compared.cells[1].recall?.interval != nil)
    #expect(compared.rawProblems.count == 1 && compared.rawProblems[0].contains("is another cell's: its key is '"))
  }

  @Test func withoutRawResultsTheLedgersFiguresAreCompared() throws {
    let base = try ComparedRun.fixture(in: temporary.path, [MadeUpCell()])
    try FileManager.default.removeItem(atPath: "\(temporary.path)/results")
    let head = try ComparedRun.fixture(
      in: temporary.path, number: 2, [MadeUpCell(microseconds: Array(repeating: 200, count: 15))])
    let cell = try #require(Comparison(base: base, head: head).cells.first)
    #expect(cell.recall?.difference == 0 && cell.recall?.interval == nil && cell.worstQueries.isEmpty)
    #expect(cell.quotients[.qps] != nil && cell.quotients[.p50] != nil)
  }

  @Test func itComesBackFromJSON() throws {
    let compared = try comparison([MadeUpCell()], [MadeUpCell()])
    let back: Comparison = try LedgerJSON.value(LedgerJSON.text(compared))
    let (read, cell) = (back.cells[0], compared.cells[0])
    #expect(read.quotients == cell.quotients && cell.quotients.keys.contains(.qps) && back.version == 1)
    #expect(read.recall == cell.recall && read.figures == cell.figures && read.subject == cell.subject)
    #expect(back.fronts.map(\.figure) == [.qps, .p99])
    // The names of the members are those of the first version.
    let text = LedgerJSON.text(cell)
    for member in [
      "queriesPerSecond", "p50Milliseconds", "p95Milliseconds", "p99Milliseconds", "buildSeconds", "indexBytes",
    ] {
      #expect(text.contains("\"\(member)\":{"), "\(member)")
    }
  }
}
