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

  private func check(_ report: GateReport, _ figure: Figure) throws -> GateReport.Check {
    try #require(report.checks.first { $0.metric == figure.name })
  }

  @Test func aTenthSlowerIsCaughtAndTheSamePasses() throws {
    for seed in 1...3 as ClosedRange<UInt64> {
      #expect(try report(cells(100, seed: seed), cells(100, seed: seed + 50)).verdict == .passed)
      let slow = try report(cells(100, seed: seed), cells(110, seed: seed + 50))
      #expect(slow.verdict == .regression && slow.count(.regression) >= 5)
      #expect(try report(cells(110, seed: seed), cells(95, seed: seed + 50)).verdict == .improvement)
    }
  }

  @Test func oneSlowdownIsOneFindingOfCellsAndFronts() throws {
    func made(_ mean: Double, seed: UInt64) -> [MadeUpCell] {
      cells(mean, seed: seed).enumerated().map { place, cell in
        var cell = cell
        cell.recalls = Array(repeating: 0.9 + 0.01 * Double(place), count: 40)
        return cell
      }
    }
    var configuration = GateConfiguration()
    configuration.recalls = [0.92, 0.94]
    let slow = try report(made(100, seed: 1), made(120, seed: 51), configuration)
    let findings = slow.findings.filter { $0.metric == "qps" }
    let finding = try #require(findings.first)
    #expect(findings.count == 1 && finding.verdict == .regression)
    #expect(finding.counts.cells == 6 && finding.counts.fronts > 0)
    #expect(finding.checks.count == slow.checks.count { $0.metric == "qps" && $0.verdict == .regression })
    let changes = finding.checks.compactMap(\.change)
    #expect(changes == changes.sorted() && changes.count == finding.checks.count)
  }

  @Test func onlyWhatIsWorseTwiceIsARegression() throws {
    var first = try report(cells(100, seed: 1), cells(120, seed: 51))
    let head = try ComparedRun.fixture(in: temporary.path, number: 11, cells(120, seed: 51))
    #expect(first.suspects(among: head.records).count == 6)
    let quiet = first.confirmed(by: try report(cells(100, seed: 2), cells(100, seed: 52)))
    #expect(quiet.verdict == .passed && quiet.confirmation?.suspected == 1 && quiet.confirmation?.confirmed == 0)
    let loud = first.confirmed(by: try report(cells(100, seed: 2), cells(112, seed: 52)))
    #expect(loud.verdict == .regression && loud.confirmation?.confirmed == 1)
    #expect(loud.findings[0].worst.changeAgain.map { $0 < 0.92 } == true)
    // A second measurement without a verdict takes nothing back.
    let few = MadeUpCell(effort: 100, microseconds: [100, 100, 100])
    #expect(first.confirmed(by: try report([few], [few])).verdict == .regression)
    first = try report(cells(100, seed: 1), cells(100, seed: 51))
    #expect(first.suspects(among: head.records).isEmpty)
  }

  @Test func anotherDatasetOfTheSameNameIsNotCompared() throws {
    let old = SweepDataset.fixture()
    var shape = old.shape
    shape.queries = 20
    let replaced = SweepDataset(
      argument: old.argument, path: old.path, sha256: String(repeating: "cd", count: 32), shape: shape)
    let base = try ComparedRun.fixture(in: temporary.path, number: 1, [MadeUpCell()])
    let head = try ComparedRun.fixture(in: temporary.path, number: 2, dataset: replaced, [MadeUpCell()])
    let report = Gate(GateConfiguration(), Comparison(base: base, head: head), noise: NoiseFloor([base.records]))
      .judge()
    #expect(report.verdict == .incomparable && report.checks.allSatisfy { $0.verdict == .incomparable })
    #expect(report.checks.allSatisfy { $0.note.contains("the dataset's file is another one") })
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

  /// Runs apart, after quiet nights: one round that did not lose speed speaks against a regression.
  @Test func allRoundsOfRunsApartMustBeWorse() throws {
    let quiet = Array(repeating: [MadeUpCell(microseconds: Array(repeating: 100, count: 5))], count: 5)
    let base = [MadeUpCell(microseconds: Array(repeating: 100, count: 5))]
    for (rounds, verdict) in [
      ([110, 111, 112, 113, 114], .regression), ([103, 111, 112, 113, 114], .passed),
    ] as [([Double], GateReport.Verdict)] {
      let nights = try report(base, [MadeUpCell(microseconds: rounds)], isPaired: false, history: quiet)
      #expect(nights.verdict == verdict, "\(rounds)")
    }
  }

  @Test func theNoiseOfRecallIsInItsUnit() throws {
    let nights = [0.5, 0.51, 0.5, 0.51, 0.5].map { [MadeUpCell(recalls: Array(repeating: $0, count: 40))] }
    let base = [MadeUpCell(recalls: Array(repeating: 0.5, count: 40))]
    for (recall, verdict) in [(0.458, GateReport.Verdict.passed), (0.452, .regression)] {
      let head = [MadeUpCell(recalls: Array(repeating: recall, count: 40))]
      var configuration = GateConfiguration()
      configuration.tolerances = [.recall: 0.001]
      let report = try report(base, head, isPaired: false, history: nights, configuration)
      #expect(try abs(check(report, .recall).widening - 3 * 1.4826 * 0.01) < 1e-9)
      #expect(report.verdict == verdict, "\(recall)")
    }
  }

  /// The noise of a front is that of nights on the base's machine alone.
  @Test func nightsOfAnotherMachineSayNothingOfAFront() throws {
    func nights(_ change: @escaping (inout CellMeasurement) -> Void) -> [[MadeUpCell]] {
      (0..<5).map { _ in [MadeUpCell(microseconds: Array(repeating: 100, count: 5), change: change)] }
    }
    var configuration = GateConfiguration()
    configuration.tolerances = [.qps: 0.05]
    configuration.recalls = [0.85]
    func front(_ history: [[MadeUpCell]]) throws -> GateReport.Check {
      let cell = MadeUpCell(microseconds: Array(repeating: 100, count: 5))
      let report = try report([cell], [cell], isPaired: false, history: history, configuration)
      return try #require(report.checks.first { $0.subject == "front at recall 0.85" })
    }
    #expect(try front(nights { _ in }).verdict == .passed)
    #expect(
      try front(nights { $0.provenance = Provenance(commit: "", cpu: "other", system: "") }).verdict == .insufficient)
  }

  @Test func aRuleForARangeOfRecallIsAboutFrontsTooThere() throws {
    var configuration = GateConfiguration()
    configuration.tolerances = [.qps: 0.05]
    configuration.recalls = [0.5, 0.85]
    configuration.rules = [GateConfiguration.Rule(recall: 0.8...0.9, tolerances: [.qps: 0.25])]
    let checks = try report([MadeUpCell()], [MadeUpCell()], configuration).checks
    #expect(checks.map(\.subject.count).count == 3)
    #expect(checks.filter { $0.subject.hasPrefix("front") }.map(\.tolerance) == [0.05, 0.25])
  }

  @Test func whatMustNotBeComparedIsNotPassed() throws {
    let foreign = MadeUpCell(change: { $0.provenance = Provenance(commit: "", cpu: "other", system: "") })
    #expect(try report([MadeUpCell()], [foreign]).verdict == .incomparable)
    // Recall is compared all the same, and a loss weighs more.
    var worse = foreign
    worse.recalls = Array(repeating: 0.8, count: 40)
    #expect(try report([MadeUpCell()], [worse]).verdict == .regression)
    // Who asks for recall alone gets an answer.
    var configuration = GateConfiguration()
    configuration.tolerances = [.recall: 0.001]
    #expect(try report([MadeUpCell()], [foreign], configuration).verdict == .passed)
  }

  /// How a run ended of a cell; `absent` was not asked for, `unreached` is of a run that was killed before it.
  private enum Ending: Equatable {
    case ended(CellStatus)
    case absent, unreached

    static let all = CellStatus.allCases.map(Ending.ended) + [.absent, .unreached]
  }

  /// Everything that may come of a cell on both sides, beside a cell that both measured.
  @Test func whatWasNotMeasuredDecides() throws {
    func run(_ ending: Ending, number: Int) throws -> ComparedRun {
      var cells = [MadeUpCell()]
      if case .ended(let status) = ending { cells.append(MadeUpCell(effort: 1, status: status)) }
      return try .fixture(
        in: temporary.path, number: number, unreached: ending == .unreached ? 1 : nil, cells)
    }
    // ok, failed, timeout, out of memory, skipped, absent, unreached: of the base below each other, of the head beside.
    let expected: [[GateReport.Verdict]] = [
      [.passed] + Array(repeating: .regression, count: 6),
      [.improvement, .regression, .regression, .regression, .passed, .regression, .regression],
      [.improvement, .regression, .regression, .regression, .passed, .regression, .regression],
      [.improvement, .regression, .regression, .regression, .passed, .regression, .regression],
      [.improvement, .regression, .regression, .regression, .passed, .passed, .regression],
      [.insufficient, .regression, .regression, .regression, .passed, .passed, .regression],
      [.insufficient, .regression, .regression, .regression, .passed, .insufficient, .regression],
    ]
    var configuration = GateConfiguration()
    configuration.tolerances = [.recall: 0.001]
    for (row, before) in zip(expected, Ending.all) {
      for (verdict, after) in zip(row, Ending.all) {
        let (base, head) = (try run(before, number: 1), try run(after, number: 2))
        let report = Gate(configuration, Comparison(base: base, head: head), noise: NoiseFloor([base.records])).judge()
        #expect(report.verdict == verdict, "\(before) → \(after)")
        let isMeasuredByBoth = before == .ended(.ok) && after == .ended(.ok)
        let isOnASide = [before, after].contains { if case .ended = $0 { true } else { false } }
        #expect((report.checks.count { $0.statuses != nil } == 1) == (!isMeasuredByBoth && isOnASide))
      }
    }
  }

  @Test func theStatusesOfACellThatWasNotMeasuredAreTold() throws {
    let report = try report(
      [MadeUpCell(), MadeUpCell(effort: 1)], [MadeUpCell(), MadeUpCell(effort: 1, status: .timeout)])
    let check = try #require(report.checks.first { $0.metric == "measured" })
    #expect(check.statuses == GateReport.Statuses(base: "ok", head: "timeout", baseRun: nil))
    #expect(check.note == "it crashed" && check.subject.contains("effort=1)") && report.problems.isEmpty)
    let dropped = try self.report([MadeUpCell(), MadeUpCell(effort: 1)], [MadeUpCell()])
    #expect(dropped.checks.last?.statuses?.head == "not asked for" && dropped.verdict == .regression)
  }

  @Test func aRunAgainstItselfIsNoProofOfACellThatCrashed() throws {
    let run = try ComparedRun.fixture(in: temporary.path, [MadeUpCell(), MadeUpCell(effort: 1, status: .failed)])
    let report = Gate(
      GateConfiguration(), Comparison(base: run, head: run), noise: NoiseFloor([run.records])
    ).judge()
    #expect(report.verdict == .regression && report.checks.contains { $0.statuses?.head == "failed" })
  }

  @Test func aKilledRunNeverPasses() throws {
    for unreached in 0...2 {
      let base = try ComparedRun.fixture(in: temporary.path, number: 1, [MadeUpCell()])
      let head = try ComparedRun.fixture(in: temporary.path, number: 2, unreached: unreached, [MadeUpCell()])
      let report = Gate(
        GateConfiguration(), Comparison(base: base, head: head), noise: NoiseFloor([base.records])
      ).judge()
      #expect(report.verdict == .regression)
      #expect(
        report.problems.map(\.text) == [
          "the head, run 2, did not come to its end: 1 of \(1 + unreached) cells; --resume continues it"
        ])
    }
  }

  /// Nights one after the other, of which the last two are compared.
  private func nights(_ nights: [CellStatus?], recall: Double = 0.9) throws -> GateReport {
    let runs = try nights.enumerated().map { number, status in
      var cell = MadeUpCell(effort: 1, status: status ?? .ok)
      if number == nights.count - 1 { cell.recalls = Array(repeating: recall, count: 40) }
      return try ComparedRun.fixture(
        in: temporary.path, number: number + 1, unreached: status == nil ? 1 : nil,
        [MadeUpCell()] + (status == nil ? [] : [cell]))
    }
    var configuration = GateConfiguration()
    configuration.tolerances = [.recall: 0.001]
    let (base, head) = (runs[runs.count - 2], runs[runs.count - 1])
    let completed = base.completed(for: head, from: runs.dropLast(2).map { ($0.run.number, $0.records) })
    return Gate(
      configuration, Comparison(base: completed, head: head), noise: NoiseFloor(runs.dropLast().map(\.records))
    ).judge()
  }

  @Test func aNightWithoutTheCellDoesNotMakeTheOneBeforeForgotten() throws {
    #expect(try nights([.ok, .failed, .failed]).verdict == .regression)
    #expect(try nights([.ok, .failed, .failed, .failed]).verdict == .regression)
    // Once measured, it is not passed over for being skipped.
    #expect(try nights([.ok, .failed, .skipped]).verdict == .regression)
    #expect(try nights([.skipped, .skipped, .skipped]).verdict == .passed)
    for between in [.failed, .timeout, nil] as [CellStatus?] {
      let again = try nights([.ok, between, .ok])
      #expect(again.verdict == .passed && again.baseRuns == [1] && again.checks.count == 2)
      let worse = try nights([.ok, between, .ok], recall: 0.8)
      #expect(worse.verdict == .regression && worse.checks.allSatisfy { $0.statuses == nil })
    }
    #expect(try nights([.failed, nil, .ok]).verdict == .insufficient)
    #expect(try nights([.ok, .ok, .failed, .ok]).baseRuns == [2], "the newest of those before")
  }

  @Test func aFigureThatOneSideLostIsNotPassedOver() throws {
    var configuration = GateConfiguration()
    configuration.tolerances = [.residentBytes: 0.1]
    func verdict(_ base: Int?, _ head: Int?) throws -> GateReport.Verdict {
      try report(
        [MadeUpCell(change: { $0.build.residentBytes = base })],
        [MadeUpCell(change: { $0.build.residentBytes = head })], configuration
      ).verdict
    }
    #expect(try verdict(100, nil) == .regression && verdict(nil, 100) == .insufficient)
    #expect(try verdict(100, 0) == .improvement && verdict(0, 100) == .insufficient && verdict(0, 0) == .passed)
    #expect(try verdict(nil, nil) == .incomparable, "nothing was judged")
    configuration.tolerances = [.qps: 0.1]
    let still = MadeUpCell(microseconds: [0], change: { $0.speed.queriesPerSecond = 0 })
    #expect(try report([MadeUpCell()], [still], configuration).verdict == .regression)
    configuration.tolerances = [.build: 0.1]
    let other = MadeUpCell(change: { $0.options.buildThreads = 4 })
    let threads = try report([MadeUpCell()], [other], isPaired: false, configuration)
    #expect(threads.verdict == .incomparable && threads.checks[0].note == "the building threads are 1 and 4")
  }

  @Test func cellsWithoutJudgedQueriesHaveNoRecallToCompare() throws {
    var configuration = GateConfiguration()
    configuration.tolerances = [.recall: 0.001]
    let unjudged = MadeUpCell(recalls: Array(repeating: .nan, count: 40))
    for (base, head) in [(unjudged, unjudged), (MadeUpCell(), unjudged), (unjudged, MadeUpCell())] {
      let report = try report([base], [head], configuration)
      #expect(
        report.verdict == .incomparable
          && report.checks.map(\.note) == [
            "no query has a true neighbour to be judged by"
          ])
    }
    // Of some queries it is compared over the others.
    var some = MadeUpCell()
    some.recalls[3] = .nan
    let partly = try report([MadeUpCell()], [some], configuration)
    #expect(partly.verdict == .passed && partly.checks[0].interval == Interval(low: 0, high: 0))
  }

  @Test func rulesThatAreAboutNothingAreTold() throws {
    var configuration = GateConfiguration()
    configuration.rules = [
      GateConfiguration.Rule(dataset: "line", index: "exact", tolerances: [.qps: 0.2]),
      GateConfiguration.Rule(dataset: "line", index: "exat", tolerances: [.qps: 0.01]),
      GateConfiguration.Rule(dataset: "lines", tolerances: [.qps: 0.01]),
    ]
    #expect(try report([MadeUpCell()], [MadeUpCell()], configuration).unusedRules == [2, 3])
  }

  @Test func whereRawResultsAreGoneRecallIsHeldToItsToleranceAlone() throws {
    let base = try ComparedRun.fixture(in: temporary.path, number: 1, [MadeUpCell()])
    let head = try ComparedRun.fixture(
      in: temporary.path, number: 2, [MadeUpCell(recalls: Array(repeating: 0.8, count: 40))])
    try FileManager.default.removeItem(atPath: "\(temporary.path)/results")
    var configuration = GateConfiguration()
    configuration.tolerances = [.recall: 0.001]
    let report = Gate(configuration, Comparison(base: base, head: head), noise: NoiseFloor([base.records])).judge()
    #expect(report.verdict == .regression && report.checks[0].note.contains("no raw results"))
    #expect(report.rawProblems.count == 2 && report.rawProblems[0].contains("this raw result is not there"))
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
    // What neither reaches is said to be so.
    let neither = try self.report([worse], [worse], configuration)
    #expect(neither.checks.map(\.note).contains("neither run reaches it: nothing to judge"))
    #expect(try self.report([worse], [MadeUpCell()], configuration).verdict == .improvement)
  }
}
