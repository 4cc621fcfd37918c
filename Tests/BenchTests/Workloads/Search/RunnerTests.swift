import Datasets
import Testing
import VectorCore
import VectorIndexes

@testable import Bench

@Suite struct RunnerTests {
  static let identity = Runner.Identity(
    variant: "exact", datasetSHA256: "", provenance: Provenance(commit: "", cpu: "", system: ""))

  /// The cells of one build of an exact index.
  private func plan(
    _ settings: [Setting], adjust: (inout RunOptions) -> Void
  ) throws -> (build: Parameters, cells: [PlannedCell]) {
    var options = RunOptions()
    adjust(&options)
    let variant = try IndexVariant.variants(of: [Subject(ExactIndex.self)], settings: settings)[0]
    let build = variant.builds[0]
    let cells = variant.searches.map {
      PlannedCell(cell: Cell(kind: "exact", build: build, search: $0), options: options)
    }
    return (build, cells)
  }

  private func results(
    _ runner: Runner, _ built: Runner.BuiltIndex, _ cells: [PlannedCell], begin: (Runner.Step) -> Void = { _ in }
  ) -> [Result<Runner.Result, BenchError>] {
    var results: [Result<Runner.Result, BenchError>] = []
    runner.measure(built, cells, as: Self.identity, begin: begin) { place, result in
      #expect(place == results.count)
      results.append(result)
    }
    return results
  }

  /// Builds an exact index on `dataset` and measures all search settings.
  private func measureAll(
    _ dataset: Dataset = .line(), settings: [Setting] = [], adjust: (inout RunOptions) -> Void = { _ in },
    begin: (Runner.Step) -> Void = { _ in }
  ) throws -> [Result<Runner.Result, BenchError>] {
    let (build, cells) = try plan(settings, adjust: adjust)
    let runner = Runner(dataset: dataset)
    let built = try runner.build(Subject(ExactIndex.self), build, options: cells[0].options)
    return results(runner, built, cells, begin: begin)
  }

  private func measure(
    _ dataset: Dataset = .line(), settings: [Setting] = [], adjust: (inout RunOptions) -> Void = { _ in }
  ) throws -> Runner.Result {
    try measureAll(dataset, settings: settings, adjust: adjust)[0].get()
  }

  @Test(arguments: SearchMode.allCases, [1, 3])
  func anExactIndexHasRecallOneInEveryMode(mode: SearchMode, threads: Int) throws {
    let result = try measure {
      $0.mode = mode
      $0.threads = threads
    }
    let quality = result.measurement.quality
    #expect(quality.recall == 1 && quality.recallByIDs == 1 && quality.recallMinimum == 1)
    #expect(abs((quality.relativeErrorAtK ?? 0) - 1) < 1e-6)
    #expect(result.measurement.speed.candidates == 10)
    #expect(result.measurement.speed.distanceComputations == 100)
  }

  @Test func distancesAreTheHarnesssOwnWhateverTheIndexClaims() throws {
    let raw = try measure { $0.k = 3 }.raw
    #expect(raw.rows.prefix(3) == [0, 1, 2])
    #expect(raw.distances[..<3].elementsEqual([0.1, 0.9, 1.9]) { abs($0 - $1) < 1e-6 })
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
    #expect(result.measurement.quality.relativeErrorAtK == nil)
  }

  @Test func lessEffortFindsLess() throws {
    // Half of the line: the queries at 0…40 find theirs, those at 60…90 find nothing of theirs.
    let quality = try measure(settings: [Setting("effort", ["50"])]).measurement.quality
    #expect(quality.recall > 0.4 && quality.recall < 0.6)
    #expect(quality.recallMinimum == 0 && quality.recallP5 == 0)
  }

  @Test func moreNeighborsThanTheDatasetStatesAreRefused() {
    #expect(throws: BenchError.dataset(name: "line", .tooManyNeighbors(k: 11, stored: 10))) {
      try measure { $0.k = 11 }
    }
  }

  @Test func anIndexThatTakesNoVectorsIsRefused() throws {
    let none = try Parameters(declared: [], kind: "sealed")
    #expect(throws: BenchError.notMutable(kind: "sealed")) {
      try Runner(dataset: .line()).build(Subject(SealedIndex.self), none, options: RunOptions())
    }
  }

  @Test(arguments: SearchMode.allCases, [1, 3])
  func aFailingSearchNamesItsCellAndLeavesTheOthers(mode: SearchMode, threads: Int) throws {
    let results = try measureAll(settings: [Setting("fault", ["throw", "none"])]) {
      $0.mode = mode
      $0.threads = threads
    }
    #expect(
      throws: BenchError.index(
        label: "exact(width=1, effort=100, fault=throw)", .invalidFilter(reason: "asked to fail"))
    ) { try results[0].get() }
    #expect(try results[1].get().measurement.quality.recall == 1)
  }

  @Test func buildingTrainsThenStoresEveryRowUnderItsNumber() throws {
    let (build, cells) = try plan([]) { _ in }
    let built = try Runner(dataset: .line(points: 42, queries: 4))
      .build(Subject(ExactIndex.self), build, options: cells[0].options)
    #expect(built.index.count == 42)
    #expect(built.cost.indexBytes == 3072)
    #expect(built.cost.seconds == built.cost.trainSeconds + built.cost.insertSeconds)
  }

  @Test func clustersThatTrainingCouldNotMakeAreTold() throws {
    let dataset = Dataset.line()
    for (nlist, told) in [(4, nil), (1000, dataset.train.rows)] as [(Int, Int?)] {
      let variant = try IndexVariant(
        Subject(IVFPQIndex.self), build: [Setting("nlist", [String(nlist)]), Setting("m", ["2"])])
      let built = try Runner(dataset: dataset).build(Subject(IVFPQIndex.self), variant.builds[0], options: RunOptions())
      #expect(built.cost.trainedLists == told)
    }
  }

  @Test func everyRoundAnswersEveryQueryOnceAfterAWarmUp() throws {
    let (build, cells) = try plan([]) { $0.rounds = 5 }
    let runner = Runner(dataset: .line())
    let built = try runner.build(Subject(ExactIndex.self), build, options: cells[0].options)
    let result = try results(runner, built, cells)[0].get()
    let (speed, warmUp) = (result.measurement.speed, result.measurement.warmUp)
    #expect((built.index as? ExactIndex)?.searches == warmUp.queries + 5 * 10)
    #expect(warmUp.queries == 50 && warmUp.seconds > 0)
    #expect(result.measurement.rounds.count == 5)
    #expect(result.measurement.rounds.map(\.queriesPerSecond).sorted()[2] == speed.queriesPerSecond)
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

  @Test func inBatchModeLaterWarmUpsAreATenth() throws {
    #expect(try measure { $0.mode = .batch }.measurement.warmUp.queries == 10 + 1 + 1)
  }

  @Test func roundsOfCellsTakeTurnsThereAndBack() throws {
    var steps: [Runner.Step] = []
    _ = try measureAll(settings: [Setting("effort", ["10", "20"])], begin: { steps.append($0) })
    #expect(
      steps == [
        .round(cell: 0, number: 1), .round(cell: 1, number: 1), .round(cell: 1, number: 2),
        .round(cell: 0, number: 2), .round(cell: 0, number: 3), .round(cell: 1, number: 3), .figures(cell: 0),
        .figures(cell: 1),
      ])
  }

  @Test func answersThatChangeFromRoundToRoundAreCounted() throws {
    #expect(try measure().measurement.uncertainty.unstableQueries == 0)
    #expect(
      try measure(settings: [Setting("fault", ["moody"])]) { $0.k = 2 }.measurement.uncertainty.unstableQueries == 10)
  }

  @Test func theIntervalsHoldTheFigures() throws {
    let measurement = try measure(settings: [Setting("effort", ["50"])]).measurement
    let uncertainty = measurement.uncertainty
    #expect(uncertainty.recall.low < measurement.quality.recall && measurement.quality.recall < uncertainty.recall.high)
    #expect(uncertainty.queriesPerSecond.low <= measurement.speed.queriesPerSecond)
    #expect(measurement.speed.queriesPerSecond <= uncertainty.queriesPerSecond.high)
  }

  @Test func figuresDerivedFromTheRawRoundsAreTheSame() throws {
    let dataset = Dataset.line()
    let results = try measureAll(
      dataset, settings: [Setting("fault", ["none", "duplicate", "stranger", "short"])])
    for result in try results.map({ try $0.get() }) {
      #expect(result.measurement.rederived(from: result.raw, dataset: dataset) == result.measurement)
    }
  }
}
