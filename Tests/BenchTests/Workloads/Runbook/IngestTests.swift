import Datasets
import TestSupport
import Testing
import VectorCore
import VectorIndexes

@testable import Bench

@Suite struct IngestTests {
  /// 900 vectors and 12 queries.
  static let dataset = Dataset(
    name: "fresh", path: "/fresh.hdf5", metric: .euclidean,
    train: RandomVectors.clustered.matrix(900, dimension: 8, seed: 1),
    test: RandomVectors.clustered.matrix(12, dimension: 8, seed: 2),
    groundTruth: GroundTruth(depth: 0, neighbors: [], distances: []))

  private static var about: SweepDataset {
    SweepDataset(argument: "fresh", path: "/fresh.hdf5", sha256: "ab", shape: DatasetShape(dataset))
  }

  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  /// A plan of an index whose searches look at everything, so that they find what there is.
  private func plan(
    _ kind: String = "memtable", _ settings: [String: String] = [:], ks: [Int] = [5],
    _ change: (inout IngestOptions) -> Void = { _ in }
  ) throws -> SweepPlan {
    var options = IngestOptions()
    options.idleSeconds = 0.03
    options.batchRows = 20
    change(&options)
    var sweep = Sweep()
    sweep.workload = .ingest(options)
    sweep.ks = ks
    let all = ["nlist": "8", "m": "4", "nprobe": "8", "refine": "1000"].merging(settings) { _, given in given }
    sweep.indexes = .variants(
      try IndexVariant.variants(
        of: [Subject(try IndexCatalog.standard.type(ofKind: kind))],
        settings: all.sorted { $0.key < $1.key }.map { Setting($0, [$1]) }))
    return try SweepPlan(sweep, datasets: [Self.about])
  }

  private func records(_ plan: SweepPlan) throws -> [CellRecord] {
    let runner = SweepRunner(
      plan, ledger: try Ledger(folder: temporary.path), supervisor: Supervisor(.here),
      provenance: Provenance(commit: "", cpu: "", system: ""))
    let measured = try runner.run(.force, command: "test", load: { _ in Self.dataset }, report: { _ in })
    // What was recorded reads back as the same.
    let ledger = try Ledger(folder: temporary.path)
    #expect(try ledger.records(of: #require(try ledger.lastRun())).map(\.key) == measured.map(\.key))
    return measured
  }

  private func phase(_ record: CellRecord) -> IngestPhase? {
    if case .ingest(let phase, _)? = record.planned.options.stage { phase } else { nil }
  }

  /// Searches that look at everything find the true neighbours among the rows they see, however many these are.
  @Test(arguments: ["memory", "lmdb"])
  func everySearchIsJudgedByTheRowsItSees(storage: String) throws {
    let records = try records(
      plan("memtable", ["storage": storage, "max_rows": "100", "frozen": "1"]) {
        $0.readers = 2
        // Slow enough for searches meanwhile.
        $0.rate = 3000
      })
    let writing: [IngestPhase] = (1...10).map { .writing($0) }
    let all: [IngestPhase?] = [.before] + writing + [.after, .flushed, .base, .freezing, .flushing]
    #expect(records.map(phase) == all)
    let phases = records.prefix(14).compactMap(\.measurement)
    let rows: [Int] = phases.map { $0.dataset.trainSize }
    #expect(rows == (0...10).map { 450 + 45 * $0 } + [900, 900, 900])
    #expect(records.compactMap(\.measurement).allSatisfy { $0.quality.recall == 1 && $0.options.threads == 2 })
    // Each phase is searched and judged, however short it is.
    let searches = phases.compactMap { $0.workload?.searches }
    #expect(searches.count == 14 && searches.allSatisfy { (1...$0.count).contains($0.judged) })
    let speeds = phases.map(\.speed)
    #expect(speeds.allSatisfy { $0.slowestQueriesPerSecond <= $0.queriesPerSecond && $0.candidates == 5 })
    #expect(speeds.allSatisfy { $0.p50Milliseconds <= $0.p99Milliseconds && $0.distanceComputations > 5 })
    #expect(phases.allSatisfy { $0.build.trainSeconds > 0 && $0.build.indexBytes > 0 })
    let writes = phases.map { $0.workload?.writes }
    let written: [Int] = writes.map { $0?.vectors ?? 0 }
    #expect(written == [0] + Array(repeating: 45, count: 10) + [0, 0, 0])
    // 450 rows fill four memtables of 100; the third that is frozen makes the first two one too many.
    let freezes: [Int] = writes.map { $0?.freezes ?? 0 }
    let flushes: [Int] = writes.map { $0?.flushes ?? 0 }
    #expect(freezes.reduce(0, +) == 4 && flushes.reduce(0, +) == 2)
    #expect(phases[11].workload?.memtableRows == 50 && phases[12].workload?.memtableRows == 0)
    // Nothing is kept of single searches, and no figure is derived again.
    #expect(records.allSatisfy { if case .measured(_, rawFile: _?) = $0.outcome { false } else { true } })
    #expect(try records[1].rederived(in: temporary.path, dataset: Self.dataset).measurement == records[1].measurement)
  }

  @Test func whatDoesNotComeIsSkipped() throws {
    let records = try records(plan())
    #expect(records.suffix(2).map(\.status) == [.skipped, .skipped])
    #expect(records.last?.error == "no search was judged during the flushing of a memtable")
    #expect(records.dropLast(2).allSatisfy { $0.status == .ok })
  }

  @Test func tellsWhatOverflows() throws {
    let records = try records(
      plan("memtable", ["max_rows": "8", "capacity_factor": "1", "freeze_rows": "1000"]) { $0.readers = 0 })
    let measured = records.compactMap(\.measurement)
    #expect(measured.count == 10, "nobody searches")
    #expect(measured.allSatisfy { !$0.isSearched && $0.quality.recall.isNaN && $0.rounds.isEmpty })
    // Of 450 rows each of the 8 lists has room for one.
    let figures = try #require(measured.last?.workload)
    #expect(figures.memtableRows == 450 && (442...449).contains(figures.overflowRows ?? 0))
    #expect((442.0 / 450...449.0 / 450).contains(figures.overflowShare ?? 0))
  }

  /// A rate is not exceeded: the last batch is due when the others before it should have been written.
  @Test func keepsToTheRate() throws {
    let writes = try records(plan { ($0.readers, $0.rate) = (0, 9000) }).compactMap { $0.measurement?.workload?.writes }
    #expect(writes.reduce(0) { $0 + $1.seconds } >= Double(450 - 20) / 9000)
  }

  /// Batches that have to wait for others are timed from when they were due: the backlog shows.
  @Test func waitingIsPartOfTheTime() throws {
    let writes = try records(plan { ($0.readers, $0.rate) = (0, 1_000_000_000) })
      .compactMap { $0.measurement?.workload?.writes }
    let (first, last) = (try #require(writes.first), try #require(writes.last))
    #expect(last.p50Milliseconds >= first.p99Milliseconds)
    let seconds = writes.dropLast().reduce(0) { $0 + $1.seconds }
    #expect(last.p50Milliseconds >= seconds * 1000, "all were due at the beginning")
  }

  /// Each value of k and each search setting has a base and a writer of its own.
  @Test func everySettingGoesThroughAllPhases() throws {
    let records = try records(plan(ks: [5, 3]) { $0.readers = 0 })
    let ks: [Int] = records.map { $0.planned.options.k }
    #expect(ks == (1...10).flatMap { _ in [5, 3] })
    #expect(records.allSatisfy { $0.measurement?.workload?.writes?.vectors == 45 })
  }

  @Test func refusesWhatItCannotDo() throws {
    #expect(throws: PlanError.workload(.notWrittenWhileSearched(kind: "ivf-pq"))) { try plan("ivf-pq") }
    #expect(throws: PlanError.workload(.tooFewRowsToWrite(name: "fresh", rows: 900, baseRows: 895, needed: 10))) {
      try plan { $0.baseRows = 895 }
    }
    #expect(throws: PlanError.workload(.tooFewRows(name: "the base of fresh", rows: 4, k: 5))) {
      try plan { $0.baseRows = 4 }
    }
    let records = try records(plan { $0.baseRows = 6 })
    #expect(records.allSatisfy { $0.status == .failed && $0.error.contains("nbits = 4") }, "too few rows to train on")
  }

  @Test func everyOptionMakesAnotherKey() throws {
    let changes: [(inout IngestOptions) -> Void] = [
      { _ in }, { $0.readers = 3 }, { $0.rate = 7 }, { $0.batchRows = 9 }, { $0.baseRows = 100 },
      { $0.idleSeconds = 1 },
    ]
    var keys: [CellKey] = []
    for change in changes {
      keys += try plan("memtable", [:], change).builds[0].cells.map { CellKey($0, dataset: Self.about, code: "") }
    }
    #expect(keys.count == 6 * 16 && Set(keys).count == keys.count)
  }

  // MARK: - Figures

  private func search(_ milliseconds: Int) -> IngestReaders.Search {
    IngestReaders.Search(
      start: 0, nanoseconds: UInt64(milliseconds) * 1_000_000, distanceComputations: 4, found: 2)
  }

  @Test func figuresAreThoseOfAllSearchesAndIntervalsThoseOfTheirParts() {
    let figures = IngestWorkload.SearchFigures(
      (1...100).map(search), readers: 2, recalls: [1, 0.5, .nan])
    // Two readers, each busy with searches of 50.5 ms in the mean.
    #expect(abs(figures.speed.queriesPerSecond - 2000 / 50.5) < 1e-9)
    #expect(figures.speed.p50Milliseconds == 50.5 && figures.speed.candidates == 2)
    #expect(figures.parts.count == 10 && abs(figures.parts[0].queriesPerSecond - 2000 / 5.5) < 1e-9)
    #expect(figures.speed.fastestQueriesPerSecond == figures.parts[0].queriesPerSecond)
    let interval = figures.uncertainty.p99Milliseconds
    #expect(interval.low == 97 && interval.high == 100)
    #expect(figures.uncertainty.recall.low >= 0.5 && figures.uncertainty.recall.high <= 1)
    let few = IngestWorkload.SearchFigures([search(3)], readers: 1, recalls: [])
    #expect(few.parts.count == 1 && few.uncertainty.recall.low.isNaN && few.speed.p99Milliseconds == 3)
    #expect(IngestWorkload.SearchFigures([], readers: 0, recalls: []).speed.queriesPerSecond.isNaN)
  }
}
