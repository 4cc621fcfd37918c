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
struct IngestWorkload {
  /// What is measured.
  let type: any IngestingIndex.Type
  let dataset: Dataset
  /// Of the build.
  let parameters: Parameters
  /// Any of the cells that are measured: they share all but their phase.
  let planned: PlannedCell
  let options: IngestOptions
  /// Where an index that lives in a file has it meanwhile.
  let folder: String
  /// What is ordered to go wrong with the answers of the readers.
  var disturbance = AnswerDisturbance([])

  /// What is under way.
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

  /// What happened in a phase, and what was true at its end.
  struct PhaseLog {
    let phase: IngestPhase
    let times: [Range<UInt64>]
    var inserts: [Insert] = []
    /// Those that could be found.
    var rows: Int
    /// Rows in memtables, and how many of them in their overflow; `nil` where there is no such moment.
    var memtables: (rows: Int, overflowRows: Int)?
    var indexBytes: Int
    var activity = MachineActivity()
  }

  /// All that happened.
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
    /// - Parameter earlier: when the phase before ended, where this one follows it without a gap.
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
    try idle(.before, readers)
    // Its clock starts within the first tenth.
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

  /// When batches are due.
  private struct Schedule {
    let rate: Int
    private let start = monotonicNanoseconds()
    private var rows = 0

    init(rate: Int) { self.rate = rate }

    /// Waits until a batch of so many rows is due; returns when that was, `nil` without a rate.
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
