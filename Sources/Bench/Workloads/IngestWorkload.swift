import Datasets
import Foundation
import VectorCore
import VectorIndexes

/// Writes the rows of a dataset into memtables at a set rate while readers search, and measures both.
///
/// An index is trained on the first rows, which are its base; one writer inserts the others in batches, tenth by tenth,
/// and flushes as the index is configured. Before and after it readers search alone, at last the base by itself with all
/// rows: what the same codes cost without memtables.
///
/// The loop of the writer is open: with a rate, each batch is due at a time that does not depend on how long those
/// before took, and its time counts from then. What a stall keeps waiting is counted as waiting: Tene, "How NOT to
/// measure latency", and the tools HdrHistogram and wrk2 (coordinated omission). Readers are clients in a closed loop.
/// Recall is found after the clock has stopped, by the rows that each judged search saw.
public struct IngestWorkload {
  /// The parts of the rows that are measured each for itself.
  public static let tenths = 10
  /// Searches of a phase that are judged at most.
  private static let judgedSearches = 100

  /// What is under way.
  public enum Event: Sendable, Equatable {
    case building(rows: Int)
    case searching(IngestMeasurement.Phase)
    case judging(searches: Int)
  }

  private let dataset: Dataset
  private let build: SweepPlan.Build
  private let options: IngestOptions
  private let baseRows: Int
  private let folder: String

  /// - Parameters:
  ///   - vectors: `train`, `test` and metric; its ground truth is not looked at.
  ///   - build: of a `memtable`; each of its cells is one run.
  ///   - folder: where an index that lives in a file has it meanwhile.
  /// - Throws: `BenchError`, for another index, and where there are not k rows for the base and one for each tenth.
  public init(
    _ vectors: Dataset, build: SweepPlan.Build, options: IngestOptions, folder: String = NSTemporaryDirectory()
  ) throws(BenchError) {
    guard build.type is MemTableIndex.Type else { throw .notWrittenWhileSearched(kind: build.type.declaration.kind) }
    let (rows, k) = (vectors.train.rows, build.cells[0].options.k)
    baseRows = options.baseRows ?? rows / 2
    guard baseRows >= k else { throw .tooFewRows(name: "the base of \(vectors.name)", rows: baseRows, k: k) }
    guard rows - baseRows >= Self.tenths else {
      throw .tooFewRowsToWrite(name: vectors.name, rows: rows, baseRows: baseRows, needed: Self.tenths)
    }
    dataset = vectors
    self.build = build
    self.options = options
    self.folder = folder
  }

  /// Runs it once for each cell of the build.
  ///
  /// - Parameters:
  ///   - report: is called before each part of the work.
  ///   - record: gets all phases of a cell when it has ended.
  /// - Throws: `BenchError`; what `record` throws.
  public func run(
    report: (Event) -> Void = { _ in }, record: ([IngestMeasurement]) throws -> Void
  ) throws {
    for planned in build.cells {
      report(.building(rows: baseRows))
      let course: Course
      do throws(IndexError) {
        course = try run(planned, report)
      } catch {
        throw BenchError.index(label: build.label, error)
      }
      try record(try measurements(course, planned, report))
    }
  }
}

// MARK: - Under the clock

extension IngestWorkload {
  /// One batch of the writer's.
  private struct Insert {
    let rows: Int
    let due: UInt64
    let start: UInt64
    let end: UInt64
    let freezes: Int
    let flushes: Int
  }

  /// What was true of a phase at its end.
  private struct Stretch {
    let phase: IngestMeasurement.Phase
    let times: [Range<UInt64>]
    var inserts: [Insert] = []
    var rows = 0
    var memtableRows = 0
    var overflowRows = 0
  }

  /// All that happened in one run.
  private struct Course {
    var stretches: [Stretch] = []
    var searches: [IngestReaders.Search] = []
    var samples: [IngestReaders.Sample] = []
  }

  private func run(_ planned: PlannedCell, _ report: (Event) -> Void) throws(IndexError) -> Course {
    let base = try IngestBase(build, holding: dataset.train[rows: 0..<baseRows], metric: dataset.metric, folder: folder)
    var writer = try base.makeWriter()
    let parameters = SearchParameters(planned.cell.search, metric: dataset.metric)
    func startReaders(_ target: IngestTarget) -> IngestReaders {
      IngestReaders(
        options.readers, searching: target, for: dataset.test, k: planned.options.k, parameters: parameters)
    }
    var course = Course()
    func add(_ phase: IngestMeasurement.Phase, since start: UInt64, _ inserts: [Insert] = []) {
      let tables = writer.tables
      course.stretches.append(
        Stretch(
          phase: phase, times: [start..<monotonicNanoseconds()], inserts: inserts, rows: writer.shared.count,
          memtableRows: tables.reduce(0) { $0 + $1.count }, overflowRows: tables.reduce(0) { $0 + $1.overflowCount }))
    }
    func idle(_ phase: IngestMeasurement.Phase) {
      guard options.readers > 0 else { return }
      report(.searching(phase))
      let start = monotonicNanoseconds()
      Thread.sleep(forTimeInterval: options.idleSeconds)
      add(phase, since: start)
    }
    let readers = startReaders(.memtables(writer.shared))
    idle(.before)
    var schedule = Schedule(rate: options.rate)
    var next = baseRows
    for tenth in 1...Self.tenths {
      report(.searching(.writing(tenth)))
      let end = baseRows + (dataset.train.rows - baseRows) * tenth / Self.tenths
      let start = monotonicNanoseconds()
      var inserts: [Insert] = []
      while next < end {
        let rows = next..<min(next + options.batchRows, end)
        inserts.append(try insert(rows, due: schedule.wait(for: rows.count), &writer))
        next = rows.upperBound
      }
      add(.writing(tenth), since: start, inserts)
    }
    idle(.after)
    try writer.freeze()
    try writer.flush(threads: planned.options.buildThreads)
    idle(.flushed)
    (course.searches, course.samples) = try readers.stop()
    if options.readers > 0 {
      let readers = startReaders(.index(base.index))
      idle(.base)
      let seen = try readers.stop()
      course.searches += seen.searches
      course.samples += seen.samples
    }
    return course
  }

  private func insert(
    _ rows: Range<Int>, due: UInt64?, _ writer: inout MemTableWriter
  ) throws(IndexError) -> Insert {
    let (freezes, flushes) = (writer.freezeCount, writer.flushCount)
    let ids = rows.map(UInt64.init)
    let start = monotonicNanoseconds()
    try writer.insert(ids: ids, vectors: dataset.train[rows: rows])
    let end = monotonicNanoseconds()
    if let failure = writer.flushFailure { throw failure }
    return Insert(
      rows: rows.count, due: due ?? start, start: start, end: end, freezes: writer.freezeCount - freezes,
      flushes: writer.flushCount - flushes)
  }

  /// When batches are due.
  private struct Schedule {
    let rate: Int
    private let start = monotonicNanoseconds()
    private var rows = 0

    init(rate: Int) { self.rate = rate }

    /// Waits until a batch of so many rows is due; returns when that was, nil without a rate.
    mutating func wait(for count: Int) -> UInt64? {
      guard rate > 0 else { return nil }
      let due = start + UInt64(Double(rows) * 1e9 / Double(rate))
      rows += count
      let now = monotonicNanoseconds()
      if now < due { Thread.sleep(forTimeInterval: Double(due - now) / 1e9) }
      return due
    }
  }
}

// MARK: - After the clock has stopped

extension IngestWorkload {
  private func measurements(
    _ course: Course, _ planned: PlannedCell, _ report: (Event) -> Void
  ) throws(BenchError) -> [IngestMeasurement] {
    let inserts = course.stretches.flatMap(\.inserts)
    func times(of phase: IngestMeasurement.Phase, _ isMeant: (Insert) -> Bool) -> Stretch {
      Stretch(phase: phase, times: inserts.filter(isMeant).map { $0.start..<$0.end })
    }
    let stretches =
      course.stretches
      + [times(of: .freezing) { $0.freezes > 0 && $0.flushes == 0 }, times(of: .flushing) { $0.flushes > 0 }]
      .filter { options.readers > 0 && !$0.times.isEmpty }
    let judged = stretches.map { stretch in
      Self.evenly(Self.judgedSearches, of: Self.begun(course.samples, in: stretch.times, \.start))
    }
    report(.judging(searches: judged.reduce(0) { $0 + $1.count }))
    let recalls = try IngestJudge(
      dataset: dataset, k: planned.options.k, threads: planned.options.buildThreads
    ).recalls(of: judged.flatMap { $0 })
    var next = 0
    return zip(stretches, judged).map { stretch, samples in
      defer { next += samples.count }
      return IngestMeasurement(
        dataset: dataset.name, cell: planned.cell, k: planned.options.k, options: options, phase: stretch.phase,
        rows: stretch.rows, memtableRows: stretch.memtableRows, overflowRows: stretch.overflowRows,
        writes: writes(stretch), searches: searches(course, in: stretch, recalls: recalls[next..<next + samples.count]))
    }
  }

  private func writes(_ stretch: Stretch) -> IngestMeasurement.Writes {
    guard !stretch.inserts.isEmpty else { return IngestMeasurement.Writes() }
    let latencies = stretch.inserts.map { Double($0.end - $0.due) / 1e6 }.sorted()
    return IngestMeasurement.Writes(
      vectors: stretch.inserts.reduce(0) { $0 + $1.rows }, seconds: Self.seconds(stretch.times),
      p50Milliseconds: percentile(50, ofSorted: latencies), p99Milliseconds: percentile(99, ofSorted: latencies),
      freezes: stretch.inserts.reduce(0) { $0 + $1.freezes }, flushes: stretch.inserts.reduce(0) { $0 + $1.flushes })
  }

  private func searches(
    _ course: Course, in stretch: Stretch, recalls: ArraySlice<Double>
  ) -> IngestMeasurement.Searches {
    let judged = recalls.filter { !$0.isNaN }
    let times = Self.begun(course.searches, in: stretch.times, \.start).map { Double($0.nanoseconds) / 1e6 }.sorted()
    guard !times.isEmpty else { return IngestMeasurement.Searches() }
    return IngestMeasurement.Searches(
      count: times.count, seconds: Self.seconds(stretch.times), p50Milliseconds: percentile(50, ofSorted: times),
      p95Milliseconds: percentile(95, ofSorted: times), p99Milliseconds: percentile(99, ofSorted: times),
      recall: judged.isEmpty ? nil : judged.reduce(0, +) / Double(judged.count), judged: judged.count,
      unjudged: recalls.count - judged.count)
  }

  private static func seconds(_ times: [Range<UInt64>]) -> Double {
    times.reduce(0) { $0 + Double($1.upperBound - $1.lowerBound) } / 1e9
  }

  /// Those that began at some of the times; they come in the order of their beginnings.
  private static func begun<Element>(
    _ all: [Element], in times: [Range<UInt64>], _ start: KeyPath<Element, UInt64>
  ) -> [Element] {
    func first(from time: UInt64) -> Int {
      var (low, high) = (0, all.count)
      while low < high {
        let middle = (low + high) / 2
        if all[middle][keyPath: start] < time { low = middle + 1 } else { high = middle }
      }
      return low
    }
    return times.flatMap { all[first(from: $0.lowerBound)..<first(from: $0.upperBound)] }
  }

  /// So many of the elements, spread over all of them.
  private static func evenly<Element>(_ count: Int, of all: [Element]) -> [Element] {
    all.count <= count ? all : (0..<count).map { all[$0 * all.count / count] }
  }
}
