import Datasets
import TestSupport
import Testing
import VectorCore
import VectorIndexes

@testable import Bench

@Suite struct IngestWorkloadTests {
  /// 900 vectors and 12 queries.
  static let dataset = Dataset(
    name: "fresh", path: "/fresh.hdf5", metric: .euclidean,
    train: RandomVectors.clustered.matrix(900, dimension: 8, seed: 1),
    test: RandomVectors.clustered.matrix(12, dimension: 8, seed: 2),
    groundTruth: GroundTruth(depth: 0, neighbors: [], distances: []))

  /// A build of an index whose searches look at everything, so that they find what there is.
  private static func build(
    _ kind: String = "memtable", _ settings: [String: String] = [:], k: Int = 5
  ) throws -> SweepPlan.Build {
    var sweep = Sweep()
    sweep.ks = [k]
    let all = ["nlist": "8", "m": "4", "nprobe": "8", "refine": "1000"].merging(settings) { _, given in given }
    sweep.indexes = .variants(
      try IndexVariant.variants(
        of: [try IndexCatalog.standard.type(ofKind: kind)],
        settings: all.sorted { $0.key < $1.key }.map { Setting($0, [$1]) }))
    return try SweepPlan(
      sweep,
      datasets: [
        SweepDataset(argument: "fresh", path: "/fresh.hdf5", sha256: "", shape: Measurement.DatasetShape(dataset))
      ]
    ).builds[0]
  }

  private static func run(
    _ settings: [String: String] = [:], _ change: (inout IngestOptions) -> Void = { _ in }
  ) throws -> [IngestMeasurement] {
    var options = IngestOptions()
    options.idleSeconds = 0.03
    options.batchRows = 20
    change(&options)
    var measured: [IngestMeasurement] = []
    try IngestWorkload(dataset, build: try build("memtable", settings), options: options).run { measured += $0 }
    return measured
  }

  /// Searches that look at everything find the true neighbours among the rows they see, however many these are.
  @Test(arguments: ["memory", "lmdb"])
  func everySearchIsJudgedByTheRowsItSees(storage: String) throws {
    let measured = try Self.run(["storage": storage, "max_rows": "100", "frozen": "1"]) {
      $0.readers = 2
      // Slow enough for searches meanwhile.
      $0.rate = 3000
    }
    let stretches = measured.filter { $0.phase != .freezing && $0.phase != .flushing }
    let phases: [IngestMeasurement.Phase] = (1...10).map { .writing($0) }
    #expect(stretches.map(\.phase) == [.before] + phases + [.after, .flushed, .base])
    let rows = (0...10).map { 450 + 45 * $0 }
    #expect(stretches.map(\.rows) == rows + [900, 900, 900])
    #expect(measured.allSatisfy { $0.searches.recall == 1 || $0.searches.judged == 0 })
    #expect(stretches.allSatisfy { $0.searches.count >= $0.searches.judged })
    #expect(stretches.reduce(0) { $0 + $1.searches.judged } > 0)
    #expect(stretches.dropFirst().prefix(10).allSatisfy { $0.writes.vectors == 45 })
    #expect(stretches.suffix(3).allSatisfy { $0.writes == IngestMeasurement.Writes() })
    // 450 rows fill four memtables of 100; the third that is frozen makes the first two one too many.
    #expect(stretches.reduce(0) { $0 + $1.writes.freezes } == 4)
    #expect(stretches.reduce(0) { $0 + $1.writes.flushes } == 2)
    #expect(stretches.first { $0.phase == .flushed }?.memtableRows == 0)
    #expect(stretches.first { $0.phase == .after }?.memtableRows == 50)
  }

  @Test func tellsWhatOverflows() throws {
    let measured = try Self.run(["max_rows": "8", "capacity_factor": "1", "freeze_rows": "1000"]) { $0.readers = 0 }
    // Of 450 rows each of the 8 lists has room for one.
    #expect(measured.last?.memtableRows == 450)
    #expect(442...449 ~= measured.last?.overflowRows ?? 0)
    #expect(measured.count == 10, "nobody searches")
  }

  /// A rate is not exceeded: the last batch is due when the others before it should have been written.
  @Test func keepsToTheRate() throws {
    let measured = try Self.run { ($0.readers, $0.rate) = (0, 9000) }
    #expect(measured.reduce(0) { $0 + $1.writes.seconds } >= Double(450 - 20) / 9000)
  }

  /// Batches that have to wait for others are timed from when they were due: the backlog shows.
  @Test func waitingIsPartOfTheTime() throws {
    let measured = try Self.run { ($0.readers, $0.rate) = (0, 1_000_000_000) }
    let (first, last) = (try #require(measured.first), try #require(measured.last))
    #expect(last.writes.p50Milliseconds >= first.writes.p99Milliseconds)
    let seconds = measured.dropLast().reduce(0) { $0 + $1.writes.seconds }
    #expect(last.writes.p50Milliseconds >= seconds * 1000, "all were due at the beginning")
  }

  @Test func refusesWhatItCannotDo() throws {
    #expect(throws: BenchError.notWrittenWhileSearched(kind: "ivf-pq")) {
      _ = try IngestWorkload(Self.dataset, build: Self.build("ivf-pq"), options: IngestOptions())
    }
    var options = IngestOptions()
    options.baseRows = 895
    #expect(throws: BenchError.tooFewRowsToWrite(name: "fresh", rows: 900, baseRows: 895, needed: 10)) {
      _ = try IngestWorkload(Self.dataset, build: Self.build(), options: options)
    }
    options.baseRows = 4
    #expect(throws: BenchError.tooFewRows(name: "the base of fresh", rows: 4, k: 5)) {
      _ = try IngestWorkload(Self.dataset, build: Self.build(), options: options)
    }
    options.baseRows = 6
    let error = #expect(throws: BenchError.self) {
      try IngestWorkload(Self.dataset, build: Self.build(), options: options).run { _ in }
    }
    #expect(error.map { "\($0)".contains("nbits = 4") } == true, "too few rows to train on")
  }
}
