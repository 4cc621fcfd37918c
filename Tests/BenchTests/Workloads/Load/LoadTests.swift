import Datasets
import Foundation
import Synchronization
import TestSupport
import Testing
import VectorCore
import VectorIndexes

@testable import Bench

@Suite struct LoadTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func round(_ index: any VectorIndex, rate: Int, seconds: Double) throws -> LoadRound.Result {
    let dataset = Dataset.line()
    let round = LoadRound(
      target: LoadTarget(searched: index, changed: nil, dataset: dataset, storedRows: 100), queries: dataset.test, k: 1,
      parameters: SearchParameters(try Parameters(declared: [], kind: "slow")),
      point: LoadPoint(rate: rate, schedule: .fixed, seconds: seconds, mix: nil))
    return try round.run(clients: 1, seed: 1)
  }

  /// The requests that are due while the index stalls wait for it, and their times say so.
  @Test func aStallCountsForAllRequestsThatAreDueMeanwhile() throws {
    let result = try round(StallingIndex { $0 == 20 ? 0.2 : 0 }, rate: 1000, seconds: 0.4)
    #expect(result.latencies.count == 400 && result.unanswered == 0)
    // Those of the first 0.15 s of the stall waited for more than 0.05 s.
    #expect(result.latencies.count { $0 >= 50_000_000 } >= 150)
    #expect(result.nanoseconds >= 400_000_000 && result.rate <= 1000)
    #expect(result.isAnswered == Array(repeating: true, count: 10))
  }

  @Test func aRoundThatFallsBehindIsGivenUpAndItsWaitingRequestsCount() throws {
    let result = try round(StallingIndex { _ in 0.02 }, rate: 1000, seconds: 0.1)
    // One client answers at most 50 requests a second, for 0.2 s.
    #expect(result.latencies.count == 100 && result.unanswered >= 85 && result.rate <= 120)
    #expect(result.milliseconds(.search).last ?? 0 >= 100)
    #expect(result.isAnswered[0])
  }

  private func plan(
    _ kind: String, _ settings: [Setting] = [], _ change: (inout LoadOptions) -> Void = { _ in }
  ) throws -> SweepPlan {
    var options = LoadOptions(rates: [500, 1000])
    options.seconds = 0.1
    options.clients = 2
    change(&options)
    var sweep = Sweep()
    sweep.workload = .load(options)
    sweep.ks = [5]
    sweep.rounds = 2
    sweep.indexes = .variants(
      try IndexVariant.variants(
        of: [Subject(try IndexCatalog.standard.type(ofKind: kind))], settings: settings))
    let shape = DatasetShape(Dataset.line())
    return try SweepPlan(
      sweep, datasets: [SweepDataset(argument: "line", path: "/line.hdf5", sha256: "ab", shape: shape)])
  }

  private func run(_ plan: SweepPlan) throws -> [CellMeasurement] {
    let ledger = try Ledger(folder: temporary.path)
    let runner = SweepRunner(
      plan, ledger: ledger, supervisor: Supervisor(.here), provenance: Provenance(commit: "", cpu: "", system: ""))
    let records = try runner.run(.force, command: "test", load: { _ in .line() }, report: { _ in })
    // What was recorded reads back as the same.
    #expect(try ledger.records(of: #require(try ledger.lastRun())).map(\.key) == records.map(\.key))
    return try records.map { try #require($0.measurement, "\($0.error)") }
  }

  @Test func everyRateIsACell() throws {
    let measured = try run(plan("flat"))
    #expect(measured.map(\.askedRate) == [500, 1000])
    for (measurement, requests) in zip(measured, [50, 100]) {
      #expect(measurement.quality.recall == 1 && measurement.options.threads == 2 && measurement.rounds.count == 2)
      #expect(measurement.workload?.load?.requests == requests && measurement.workload?.writes == nil)
      let (speed, load) = (measurement.speed, try #require(measurement.workload?.load))
      #expect(speed.p50Milliseconds <= speed.p99Milliseconds && speed.p999Milliseconds <= load.p9999Milliseconds)
      #expect(load.p9999Milliseconds <= load.maximumMilliseconds)
    }
  }

  @Test func anIndexTakesInsertionsAndRemovalsMeanwhile() throws {
    let settings = [Setting("nlist", ["2"]), Setting("m", ["2"]), Setting("nprobe", ["2"])]
    let measured = try run(
      plan("memtable", settings) { $0.mix = LoadMix(parsing: "search=60,insert=30,remove=10") })
    for measurement in measured {
      let figures = try #require(measurement.workload)
      let (writes, removals) = (try #require(figures.writes), try #require(figures.removals))
      #expect(writes.vectors > removals.vectors && removals.vectors > 0)
      #expect(figures.searches.map { $0.count + writes.vectors + removals.vectors } == figures.load?.requests)
      #expect(measurement.quality.recall.isNaN && figures.searches?.judged == 0)
    }
  }

  @Test func anIndexThatIsNotSearchedMeanwhileTakesNone() {
    #expect(throws: PlanError.workload(.notWrittenWhileSearched(kind: "flat"))) {
      try plan("flat") { $0.mix = LoadMix(parsing: "search=90,insert=10") }
    }
  }

  @Test func theKneeIsTheLastRateBelowEveryRateThatIsMissed() throws {
    var cells = try run(plan("flat") { $0.rates = [100, 200, 300, 400] })
    for (place, share) in [1, 0.995, 0.9, 1].enumerated() {
      cells[place].speed.queriesPerSecond = share * Double(cells[place].askedRate ?? 0)
    }
    let ladder = try #require(LoadLadder.all(of: cells.reversed()).first)
    #expect(ladder.cells.map(\.askedRate) == [100, 200, 300, 400])
    #expect(ladder.knee?.askedRate == 200 && ladder.overload?.askedRate == 300)
    #expect(LoadLadder.all(of: [cells[2]])[0].knee == nil)
  }
}

/// An index that answers with row 0, after a time that depends on the number of the search.
private final class StallingIndex: VectorIndex {
  let declaration = IndexDeclaration(
    kind: "slow", summary: "waits", metrics: [.euclidean], build: [], search: [])
  let (dimension, metric, count) = (2, Metric.euclidean, 100)
  private let seconds: @Sendable (Int) -> Double
  private let searches = Atomic<Int>(0)

  init(_ seconds: @escaping @Sendable (Int) -> Double) { self.seconds = seconds }

  var statistics: IndexStatistics { IndexStatistics(kind: "slow", count: 100, memoryBytes: 0) }

  func makeScratch() -> SearchScratch { SearchScratch() }

  func search(
    _ query: Span<Float>, k: Int, parameters: SearchParameters, filter: Filter?, scratch: SearchScratch,
    into answer: inout TopK
  ) throws(IndexError) {
    let seconds = seconds(searches.add(1, ordering: .relaxed).oldValue)
    if seconds > 0 { Thread.sleep(forTimeInterval: seconds) }
    answer.reset(k: k)
    answer.offer(Neighbor(distance: 0, sequence: 0, id: 0))
  }
}
