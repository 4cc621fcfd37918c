import Foundation
import TestSupport
import Testing
import VectorCore
import YAML

@testable import Bench

@Suite struct GateTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func report(
    _ base: [MadeUpCell], _ head: [MadeUpCell], isPaired: Bool = true, history: [[MadeUpCell]] = [],
    _ configuration: GateConfiguration = GateConfiguration()
  ) throws -> GateReport {
    let base = try ComparedRun.fixture(in: temporary.path, number: 10, base)
    let head = try ComparedRun.fixture(in: temporary.path, number: 11, pairedWith: isPaired ? 10 : nil, head)
    let earlier = try history.enumerated().map {
      try ComparedRun.fixture(in: temporary.path, number: $0 + 1, $1).records
    }
    var options = Comparison.Options()
    options.recalls = configuration.recalls
    return Gate(
      configuration, Comparison(base: base, head: head, options: options), noise: NoiseFloor(earlier + [base.records])
    ).judge()
  }

  /// Rounds with a noise of some percent, of which one took twice as long.
  private func noisy(_ mean: Double, seed: UInt64, rounds: Int = 15) -> [Double] {
    var random = SeededGenerator(seed: seed)
    let disturbed = random.next(below: rounds)
    return (0..<rounds).map { round in
      mean * (1 + 0.03 * (random.nextUnit() - 0.5)) * (round == disturbed ? 2 : 1)
    }
  }

  private func cells(_ mean: Double, seed: UInt64, count: Int = 6) -> [MadeUpCell] {
    (0..<count).map { MadeUpCell(effort: 100 - $0, microseconds: noisy(mean, seed: seed * 100 + UInt64($0))) }
  }

  private func check(_ report: GateReport, _ metric: GateMetric) throws -> GateReport.Check {
    try #require(report.checks.first { $0.metric == metric.rawValue })
  }

  @Test func aTenthSlowerIsCaughtAndTheSamePasses() throws {
    for seed in 1...3 as ClosedRange<UInt64> {
      #expect(try report(cells(100, seed: seed), cells(100, seed: seed + 50)).verdict == .passed)
      let slow = try report(cells(100, seed: seed), cells(110, seed: seed + 50))
      #expect(slow.verdict == .regression && slow.count(.regression) >= 5)
      #expect(try report(cells(110, seed: seed), cells(95, seed: seed + 50)).verdict == .improvement)
    }
  }

  @Test func oneCellOfManyIsCaught() throws {
    var head = cells(100, seed: 60, count: 20)
    head[17].microseconds = noisy(112, seed: 9).map { min($0, 114) }
    var base = cells(100, seed: 1, count: 20)
    base[17].microseconds = base[17].microseconds.map { min($0, 102) }
    let report = try report(base, head)
    #expect(
      report.verdict == .regression && report.checks.filter { $0.verdict == .regression }.map(\.metric) == ["qps"])
  }

  @Test func halfAPointOfRecallIsCaughtAndATenthIsNot() throws {
    var head = MadeUpCell(recalls: Array(repeating: 0.9, count: 1000))
    let base = head
    for query in 0..<50 { head.recalls[query * 20] = 0.8 }
    let lost = try check(try report([base], [head]), .recall)
    #expect(lost.verdict == .regression && abs((lost.change ?? 0) + 0.005) < 1e-9 && (lost.pValue ?? 1) < 0.001)
    for query in 8..<50 { head.recalls[query * 20] = 0.9 }
    #expect(try report([base], [head]).verdict == .passed)
    #expect(try report([head], [base]).verdict == .passed)
  }

  @Test func tooFewRoundsAreSaidToBeTooFew() throws {
    let few = MadeUpCell(microseconds: [100, 100, 100, 100])
    let report = try report([few], [few])
    #expect(report.verdict == .insufficient)
    #expect(try check(report, .qps).note == "4 rounds cannot tell one of 2 checks; measure with --runs 6")
  }

  @Test func runsApartAreHeldAgainstTheNoiseOfEarlierOnes() throws {
    func nights(_ spread: Double) -> [[MadeUpCell]] {
      [0.0, 1, 0, 1, 0].map { [MadeUpCell(microseconds: Array(repeating: 100 * (1 + spread * $0), count: 5))] }
    }
    let base = [MadeUpCell(microseconds: Array(repeating: 100, count: 5))]
    let slow = [MadeUpCell(microseconds: Array(repeating: 110, count: 5))]
    let quiet = try report(base, slow, isPaired: false, history: nights(0.001))
    #expect(try quiet.verdict == .regression && check(quiet, .qps).widening < 0.006)
    let loud = try report(base, slow, isPaired: false, history: nights(0.03))
    #expect(try loud.verdict == .passed && abs(check(loud, .qps).widening - (exp(3 * 1.4826 * log(1.03)) - 1)) < 0.001)
    // Without a history there is nothing to go by.
    let unknown = try report(base, slow, isPaired: false, history: nights(0).suffix(2))
    #expect(try unknown.verdict == .insufficient && check(unknown, .indexBytes).verdict == .passed)
    // Nights on another machine are none.
    let foreign = nights(0.001).map { night in
      night.map { cell in
        var cell = cell
        cell.change = { $0.provenance = Provenance(commit: "", cpu: "other", system: "") }
        return cell
      }
    }
    #expect(try report(base, slow, isPaired: false, history: foreign).verdict == .insufficient)
  }

  @Test func whatMustNotBeComparedIsNotPassed() throws {
    let foreign = MadeUpCell(change: { $0.provenance = Provenance(commit: "", cpu: "other", system: "") })
    #expect(try report([MadeUpCell()], [foreign]).verdict == .incomparable)
    #expect(try report([MadeUpCell()], [MadeUpCell(effort: 3)]).verdict == .incomparable)
    // Recall is compared all the same, and a loss weighs more.
    var worse = foreign
    worse.recalls = Array(repeating: 0.8, count: 40)
    #expect(try report([MadeUpCell()], [worse]).verdict == .regression)
    // Who asks for recall alone gets an answer.
    var configuration = GateConfiguration()
    configuration.tolerances = [.recall: 0.001]
    #expect(try report([MadeUpCell()], [foreign], configuration).verdict == .passed)
  }

  @Test func aCellThatCrashesNowIsARegression() throws {
    for (base, head, isLost) in [
      (.ok, .failed, true), (.ok, .timeout, true), (.skipped, .outOfMemory, true), (.failed, .skipped, false),
      (.failed, .failed, false), (.ok, .skipped, false),
    ] as [(CellStatus, CellStatus, Bool)] {
      let report = try report(
        [MadeUpCell(), MadeUpCell(effort: 1, status: base)], [MadeUpCell(), MadeUpCell(effort: 1, status: head)])
      #expect((report.verdict == .regression) == isLost, "\(base) \(head)")
      #expect(report.checks.contains { $0.metric == "measured" } == isLost)
    }
  }

  @Test func bytesAreHeldToTheirTolerance() throws {
    for (bytes, verdict) in [(1009, GateReport.Verdict.passed), (1011, .regression), (989, .improvement)] {
      let head = MadeUpCell(change: { $0.build.indexBytes = bytes })
      #expect(try report([MadeUpCell()], [head]).verdict == verdict, "\(bytes)")
    }
  }

  @Test func aFrontThatDoesNotReachARecallAnyMoreIsARegression() throws {
    var configuration = GateConfiguration()
    configuration.recalls = [0.85]
    configuration.tolerances = [.qps: 0.05]
    let worse = MadeUpCell(recalls: Array(repeating: 0.8, count: 40))
    let report = try report([MadeUpCell()], [worse], configuration)
    let check = try #require(report.checks.first { $0.subject == "front at recall 0.85" })
    #expect(check.verdict == .regression && check.head == nil)
  }
}
