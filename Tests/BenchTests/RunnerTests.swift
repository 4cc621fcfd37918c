import Bench
import Datasets
import Testing
import VectorCore
import VectorIndexes

@Suite struct RunnerTests {
  private static let nowhere = Provenance(commit: "", cpu: "", system: "")

  /// Builds an exact index on `dataset` and measures one search setting.
  private func measure(
    _ dataset: Dataset = .line(), settings: [Setting] = [], adjust: (inout RunOptions) -> Void = { _ in }
  ) throws -> Runner.Result {
    var options = RunOptions()
    adjust(&options)
    let plan = try SweepPlan(indexes: [ExactIndex.self], settings: settings)
    let runner = try Runner(dataset: dataset, options: options, provenance: Self.nowhere)
    return try runner.measure(try runner.build(plan.builds[0]), search: plan.builds[0].searches[0])
  }

  @Test(arguments: SearchMode.allCases, [1, 3])
  func anExactIndexHasRecallOneInEveryMode(mode: SearchMode, threads: Int) throws {
    let result = try measure {
      $0.mode = mode
      $0.threads = threads
    }
    let quality = result.measurement.quality
    #expect(quality.recall == 1 && quality.recallByIDs == 1 && quality.recallMinimum == 1)
    #expect(abs(quality.relativeErrorAtK - 1) < 1e-6)
    #expect(result.measurement.speed.candidates == 10)
    #expect(result.measurement.speed.distanceComputations == 100)
  }

  @Test func distancesAreTheHarnesssOwnWhateverTheIndexClaims() throws {
    let answers = try measure { $0.k = 3 }.answers
    #expect(answers.ids.prefix(3) == [0, 1, 2])
    #expect(answers.distances[..<3].elementsEqual([0.1, 0.9, 1.9]) { abs($0 - $1) < 1e-6 })
  }

  @Test func aDuplicateIsAMissAndReported() throws {
    let result = try measure(settings: [Setting("fault", ["duplicate"])])
    #expect(abs(result.measurement.quality.recall - 0.9) < 1e-12)
    #expect(abs(result.measurement.quality.recallByIDs - 0.9) < 1e-12)
    #expect(result.measurement.quality.duplicates == 10)
    #expect(result.measurement.quality.outOfRange == 0)
  }

  @Test func anIDThatIsNoRowIsAMissAndReported() throws {
    let result = try measure(settings: [Setting("fault", ["stranger"])])
    #expect(abs(result.measurement.quality.recall - 0.9) < 1e-12)
    #expect(result.measurement.quality.outOfRange == 10)
    #expect(result.measurement.quality.duplicates == 0)
  }

  @Test(arguments: SearchMode.allCases)
  func aMissingAnswerIsAMiss(mode: SearchMode) throws {
    let result = try measure(settings: [Setting("fault", ["short"])]) { $0.mode = mode }
    #expect(abs(result.measurement.quality.recall - 0.9) < 1e-12)
    #expect(result.measurement.speed.candidates == 9)
    #expect(result.measurement.quality.duplicates == 0 && result.measurement.quality.outOfRange == 0)
    #expect(result.measurement.quality.relativeErrorAtK == .infinity)
  }

  @Test func lessEffortFindsLess() throws {
    // Half of the line: the queries at 0…40 find theirs, those at 60…90 find nothing of theirs.
    let quality = try measure(settings: [Setting("effort", ["50"])]).measurement.quality
    #expect(quality.recall > 0.4 && quality.recall < 0.6)
    #expect(quality.recallMinimum == 0 && quality.recallP5 == 0)
  }

  @Test func moreNeighborsThanTheDatasetStatesAreRefused() {
    #expect(throws: BenchError.tooFewTrueNeighbors(dataset: "line", k: 11, depth: 10)) {
      try measure { $0.k = 11 }
    }
  }

  @Test func anIndexThatTakesNoVectorsIsRefused() throws {
    let plan = try SweepPlan(indexes: [SealedIndex.self], settings: [])
    let runner = try Runner(dataset: .line(), options: RunOptions(), provenance: Self.nowhere)
    #expect(throws: BenchError.notMutable(kind: "sealed")) { try runner.build(plan.builds[0]) }
  }

  @Test(arguments: SearchMode.allCases, [1, 3])
  func aFailingSearchNamesItsCell(mode: SearchMode, threads: Int) {
    #expect(
      throws: BenchError.index(
        label: "exact(width=1, effort=100, fault=throw)", .invalidFilter(reason: "asked to fail"))
    ) {
      try measure(settings: [Setting("fault", ["throw"])]) {
        $0.mode = mode
        $0.threads = threads
      }
    }
  }

  @Test func buildingTrainsThenStoresEveryRowUnderItsNumber() throws {
    let plan = try SweepPlan(indexes: [ExactIndex.self], settings: [])
    let runner = try Runner(dataset: .line(points: 42, queries: 4), options: RunOptions(), provenance: Self.nowhere)
    let built = try runner.build(plan.builds[0])
    #expect(built.index.count == 42)
    #expect(built.cost.indexBytes == 3072)
    #expect(built.cost.seconds == built.cost.trainSeconds + built.cost.insertSeconds)
  }

  @Test func everyRoundAnswersEveryQueryOnceAfterAWarmUp() throws {
    var options = RunOptions()
    options.rounds = 5
    let plan = try SweepPlan(indexes: [ExactIndex.self], settings: [])
    let runner = try Runner(dataset: .line(), options: options, provenance: Self.nowhere)
    let built = try runner.build(plan.builds[0])
    let speed = try runner.measure(built, search: plan.builds[0].searches[0]).measurement.speed
    #expect((built.index as? ExactIndex)?.searches == 10 + 5 * 10)
    #expect(speed.slowestQueriesPerSecond <= speed.queriesPerSecond)
    #expect(speed.queriesPerSecond <= speed.fastestQueriesPerSecond)
    #expect(speed.p50Milliseconds > 0 && speed.p50Milliseconds <= speed.p95Milliseconds)
    #expect(speed.p95Milliseconds <= speed.p99Milliseconds && speed.p99Milliseconds <= speed.p999Milliseconds)
  }

  @Test func inBatchModeEveryQueryHasItsShareOfTheTime() throws {
    let speed = try measure { $0.mode = .batch }.measurement.speed
    #expect(speed.p50Milliseconds == speed.p999Milliseconds)
    #expect(abs(speed.p50Milliseconds * speed.queriesPerSecond / 1000 - 1) < 0.01)
  }

  @Test func progressTellsRoundAndQueries() throws {
    let plan = try SweepPlan(indexes: [ExactIndex.self], settings: [])
    let runner = try Runner(dataset: .line(), options: RunOptions(), provenance: Self.nowhere)
    let progress = SearchProgress()
    _ = try runner.measure(
      try runner.build(plan.builds[0]), search: plan.builds[0].searches[0], progress: progress)
    #expect(progress.round == 3 && progress.queries >= 10)
  }
}
