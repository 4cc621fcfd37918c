import Foundation
import TestSupport
import Testing

@testable import Bench

/// Runs that were disturbed by order, among honest ones: their figures mean nothing.
@Suite struct DisturbedRunsTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  /// Records a night each, with these mean times; a disturbed one where they are below 0.
  private func record(_ nights: [Double]) throws -> [ComparedRun] {
    let ledger = try Ledger(folder: temporary.path)
    return try nights.enumerated().map { number, microseconds in
      let night = try ComparedRun.fixture(
        in: temporary.path, number: number + 1,
        [
          MadeUpCell(
            microseconds: Array(repeating: abs(microseconds), count: 3),
            recalls: Array(repeating: 0.9, count: SweepDataset.fixture().shape.queries))
        ])
      var machine = night.run.machineAtStart
      if microseconds < 0 { machine.provenance.disturbances = ["slow=2.0@head"] }
      let run = try ledger.beginRun(command: "test", keys: night.run.keys, machine: machine)
      try ledger.record(night.records, run: run)
      try ledger.endRun(run, machine: machine)
      return ComparedRun(folder: temporary.path, run: try #require(try ledger.lastRun()), records: night.records)
    }
  }

  @Test func theyAreNoNoise() throws {
    let nights = try record([100, 101, -200, 100, -200, 101, -200, 100])
    let base = nights[7]
    let subject = try #require(base.records.map { CellSubject($0.planned, dataset: $0.dataset) }.first)
    let floor = try #require(try NoiseFloor(of: base, length: 20).floor(.qps, of: subject))
    #expect(abs(floor - 3 * 1.4826 * log(1.01)) < 1e-6)
    // And they do not count as nights that are looked at: these are the last five honest ones.
    #expect(try NoiseFloor(of: base, length: 4).floor(.qps, of: subject) == floor)
    #expect(try NoiseFloor(of: base, length: 3).floor(.qps, of: subject) == nil)
  }

  @Test func theyAreNotInAHistory() throws {
    _ = try record([100, -200, 100])
    let metric = try #require(HistoryMetric(parsing: "qps"))
    let history = try History(metric, of: Ledger(reading: temporary.path))
    #expect(history.series.map { $0.points.map(\.run) } == [[1, 3]])
    #expect(history.disturbedRuns == [2] && history.unfinishedRuns.isEmpty)
    var filter = History.Filter()
    filter.runs = 2
    #expect(try History(metric, of: Ledger(reading: temporary.path), filter: filter).series[0].points.count == 2)
  }

  @Test func theyDoNotStandInForABase() throws {
    let nights = try record([100, -200, 100, 100])
    let killed = ComparedRun(folder: temporary.path, run: nights[2].run, records: [])
    let completed = try killed.completed(for: nights[3], length: 20)
    #expect(completed.earlierRuns.values.sorted() == [1])
  }
}
