import Datasets
import Foundation
import VectorCore
import VectorIndexes

/// Writes the rows of a dataset into memtables at a set rate while readers search, and measures both.
///
/// An index is trained on the first rows, which become its base. One writer inserts the other rows in batches, tenth by
/// tenth; memtables are flushed as the index is configured. Before and after the writing, readers search alone. In the
/// last phase they search the base by itself with all rows, which shows the cost of the same codes without memtables.
///
/// The writer's loop is open: with a rate, each batch has a due time that does not depend on the duration of earlier
/// batches, and its time counts from its due time. A batch that waits because of a stall thus counts as waiting; this
/// avoids coordinated omission, see Tene, "How NOT to measure latency", and the tools HdrHistogram and wrk2. Readers
/// are clients in a closed loop. Recall is computed after the clock has stopped, among the rows that each judged search
/// saw.
struct IngestWorkload {
  /// What is measured.
  let type: any IngestingIndex.Type
  let dataset: Dataset
  /// Of the build.
  let parameters: Parameters
  /// One of the measured cells; all of them are equal except for their phase.
  let planned: PlannedCell
  let options: IngestOptions
  /// The folder for an index that lives in a file, during the measurement.
  let folder: String
  /// The artificial fault that is injected into the readers' answers.
  var disturbance = AnswerDisturbance([])

  /// The current part of the work.
  enum Event: Equatable {
    case building(rows: Int)
    case phase(IngestPhase)
  }

  /// One batch of the writer.
  struct Insert {
    let rows: Int
    let due: UInt64
    let start: UInt64
    let end: UInt64
    let freezes: Int
    let flushes: Int
  }

  /// The events of a phase, and the state at its end.
  struct PhaseLog {
    let phase: IngestPhase
    let times: [Range<UInt64>]
    var inserts: [Insert] = []
    /// The number of rows that could be found.
    var rows: Int
    /// The number of rows in memtables, and of those in their overflow areas; `nil` for a phase without such a state.
    var memtables: (rows: Int, overflowRows: Int)?
    var indexBytes: Int
    var activity = MachineActivity()
  }

  /// The log of all phases.
  struct Log {
    var cost: CellMeasurement.BuildCost
    var phases: [PhaseLog] = []
    var searches: [IngestReaders.Search] = []
    var samples: [IngestReaders.Sample] = []
  }

  private var baseRows: Int { options.baseRows ?? dataset.train.rows / 2 }

  /// Builds the base, writes and searches.
  ///
  /// - Parameter report: is called before each part of the work.
  func run(_ report: (Event) -> Void) throws(IndexError) -> Log {
    report(.building(rows: baseRows))
    let base = try IngestBase(
      type, parameters, options: planned.options, holding: dataset.train[rows: 0..<baseRows], metric: dataset.metric,
      folder: folder)
    var writer = try base.makeWriter()
    let request = IngestReaders.Request(
      queries: dataset.test, k: planned.options.k,
      parameters: SearchParameters(planned.cell.search, metric: dataset.metric), disturbance: disturbance)
    var log = Log(cost: base.cost)
    /// - Parameter earlier: the end of the phase before, when this phase follows it without a gap.
    func measure(
      _ phase: IngestPhase, _ readers: IngestReaders, from earlier: UInt64? = nil,
      _ work: () throws(IndexError) -> [Insert]
    ) throws(IndexError) {
      report(.phase(phase))
      let before = MachineReading()
      let start = earlier ?? monotonicNanoseconds()
      readers.beginPhase(at: start)
      let inserts = try work()
      if options.readers > 0 { readers.waitForSample() }
      let end = monotonicNanoseconds()
      let tables = writer.tables
      log.phases.append(
        PhaseLog(
          phase: phase, times: [start..<end], inserts: inserts, rows: writer.shared.count,
          memtables: (tables.reduce(0) { $0 + $1.count }, tables.reduce(0) { $0 + $1.overflowCount }),
          indexBytes: base.bytes + tables.reduce(0) { $0 + $1.memoryBytes }, activity: MachineReading().since(before)))
    }
    func idle(_ phase: IngestPhase, _ readers: IngestReaders) throws(IndexError) {
      guard options.readers > 0 else { return }
      try measure(phase, readers) { () throws(IndexError) in
        Thread.sleep(forTimeInterval: options.idleSeconds)
        return []
      }
    }
    let readers = try IngestReaders(options.readers, searching: .memtables(writer.shared), request)
    // Where the writer fails, they must not go on searching beside later cells.
    defer { _ = try? readers.stop() }
    try idle(.before, readers)
    // The schedule's clock starts within the first tenth.
    lazy var schedule = Schedule(rate: options.rate)
    var next = baseRows
    for tenth in 1...IngestPhase.tenths {
      let end = baseRows + (dataset.train.rows - baseRows) * tenth / IngestPhase.tenths
      let earlier = tenth > 1 ? log.phases.last?.times.last?.upperBound : nil
      try measure(.writing(tenth), readers, from: earlier) { () throws(IndexError) in
        var inserts: [Insert] = []
        while next < end {
          let rows = next..<min(next + options.batchRows, end)
          inserts.append(try insert(rows, due: schedule.wait(for: rows.count), &writer))
          next = rows.upperBound
        }
        return inserts
      }
    }
    try idle(.after, readers)
    try writer.freeze()
    try writer.flush(threads: planned.options.buildThreads)
    try idle(.flushed, readers)
    (log.searches, log.samples) = try readers.stop()
    if options.readers > 0 {
      let readers = try IngestReaders(options.readers, searching: .index(base.index), request)
      try idle(.base, readers)
      let seen = try readers.stop()
      log.searches += seen.searches
      log.samples += seen.samples
    }
    return log
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

  /// The due times of the batches.
  private struct Schedule {
    let rate: Int
    private let start = monotonicNanoseconds()
    private var rows = 0

    init(rate: Int) { self.rate = rate }

    /// Waits until a batch of `count` rows is due, and returns its due time; `nil` without a rate.
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
