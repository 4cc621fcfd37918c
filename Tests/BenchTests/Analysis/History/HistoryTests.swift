import Foundation
import TestSupport
import Testing

@testable import Bench

@Suite struct HistoryTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  /// A night each: its commit and its cells.
  private func history(_ metric: String, _ nights: [(commit: String, cells: [MadeUpCell])]) throws -> History {
    let runs = try nights.enumerated().map { number, night in
      let cells = night.cells.map { cell in
        var cell = cell
        let change = cell.change
        cell.change = {
          $0.provenance = Provenance(commit: night.commit, cpu: "cpu", system: "")
          change(&$0)
        }
        return cell
      }
      let run = try ComparedRun.fixture(in: temporary.path, number: number + 1, commit: night.commit, cells)
      return (run.run, run.records)
    }
    return History(try #require(HistoryMetric(parsing: metric)), runs, History.Filter())
  }

  private func night(_ number: Int, slowdown: Double = 1) -> [MadeUpCell] {
    // Some percent of noise, the same ones in turn.
    let mean = 100 * slowdown * (1 + 0.004 * Double([0, 2, 1, 3, 1][number % 5]))
    return [100, 50].map { effort in
      MadeUpCell(
        effort: effort, microseconds: Array(repeating: mean * Double(effort) / 100, count: 3),
        recalls: Array(repeating: 0.79 + 0.002 * Double(effort), count: 20))
    }
  }

  @Test func aStepHasItsCommit() throws {
    let nights = (0..<14).map { (commit: "c\($0)", cells: night($0, slowdown: $0 < 9 ? 1 : 1.1)) }
    for metric in ["qps@recall=0.95", "qps", "p99@recall=0.9"] {
      let series = try history(metric, nights).series
      #expect(series.count == (metric == "qps" ? 2 : 1))
      for series in series {
        #expect(series.points.count == 14 && series.changes.count == 1, "\(metric): \(series.changes)")
        let change = try #require(series.changes.first)
        #expect(change.commit == "c9" && change.commitBefore == "c8" && change.place == 9 && change.isWorse)
        let ratio = change.after / change.before
        #expect(abs(ratio - (metric.hasPrefix("qps") ? 1 / 1.1 : 1.1)) < 0.01)
      }
    }
  }

  @Test func anotherMachineIsABreakAndNoChange() throws {
    let nights = (0..<20).map { number in
      (
        commit: "c",
        cells: night(number, slowdown: number < 10 ? 1 : 2).map { cell in
          var cell = cell
          if number >= 10 { cell.change = { $0.provenance = Provenance(commit: "c", cpu: "new", system: "") } }
          return cell
        }
      )
    }
    let series = try #require(try history("qps@recall=0.95", nights).series.first)
    #expect(series.changes.isEmpty && series.breaks.map(\.place) == [10])
    #expect(series.breaks[0].reasons == [.cpu(base: "cpu", head: "new")])
    // Recall is the same on any machine.
    #expect(try history("recall", nights).series.allSatisfy { $0.breaks.isEmpty && $0.changes.isEmpty })
  }

  @Test func whatIsNotReachedHasNoValue() throws {
    let series = try #require(try history("qps@recall=1", [("c", night(0))]).series.first)
    #expect(series.points.map(\.value) == [nil])
  }

  @Test func aRunThatMeasuredNothingNewIsNoPoint() throws {
    let run = try ComparedRun.fixture(in: temporary.path, night(0))
    let metric = try #require(HistoryMetric(parsing: "recall"))
    let history = History(metric, [(run.run, run.records), (run.run, run.records)], History.Filter())
    #expect(history.series.map(\.points.count) == [1, 1])
    var filter = History.Filter()
    filter.indexes = ["other"]
    #expect(History(metric, [(run.run, run.records)], filter).series.isEmpty)
    filter.indexes.append(history.series[0].index)
    #expect(History(metric, [(run.run, run.records)], filter).series.count == 2)
  }

  @Test func nightsThatMeasuredNothingOfACellAreThere() throws {
    let ok = MadeUpCell(effort: 50)
    let failed = MadeUpCell(effort: 50, status: .failed)
    let other = MadeUpCell()
    let nights = [[other, failed], [other, ok], [other, failed], [other], [other, ok]].map { (commit: "c", cells: $0) }
    for metric in ["qps", "qps@recall=0.5"] {
      let all = try history(metric, nights).series
      let series = try #require(all.first { $0.subject == "front" || $0.subject.contains("effort=50)") })
      let expected = metric == "qps" ? [2: 0, 3: 1, 5: 0] : [1: 1, 2: 0, 3: 1, 4: 0, 5: 0]
      #expect(Dictionary(uniqueKeysWithValues: series.points.map { ($0.run, $0.missed) }) == expected)
      #expect(series.points.first { $0.run == 3 }?.endings == [.failed])
      #expect(series.points.filter { $0.value == nil }.map(\.run) == (metric == "qps" ? [3] : []))
      #expect(series.breaks.isEmpty)
    }
  }

  @Test func figuresThatAreNoNumbersHaveNoValue() throws {
    let unjudged = MadeUpCell(recalls: Array(repeating: .nan, count: 20))
    for metric in ["recall", "qps@recall=0.5"] {
      let series = try history(metric, [("c", [unjudged])]).series
      #expect(series.map { $0.points.map(\.value) } == [[nil]])
    }
  }

  /// A front of cells of two machines is held against nothing.
  @Test func everyCellOfAFrontCounts() throws {
    let foreign = MadeUpCell(effort: 50, change: { $0.provenance = Provenance(commit: "c", cpu: "new", system: "") })
    let series = try #require(
      try history("qps@recall=0.5", [("c", [MadeUpCell(), MadeUpCell(effort: 50)]), ("c", [MadeUpCell(), foreign])])
        .series.first)
    #expect(series.breaks.map(\.place) == [1])
  }

  @Test func metricsAreReadAsTyped() {
    #expect(HistoryMetric(parsing: "qps@recall=0.95")?.description == "qps@recall=0.95")
    #expect(HistoryMetric(parsing: "rss")?.isBetterLower == true)
    for text in ["", "speed", "qps@0.9", "qps@recall=2", "recall@recall=0.9", "build@recall=0.9", "qps@recall=0.9@x"] {
      #expect(HistoryMetric(parsing: text) == nil, "\(text)")
    }
  }
}
