import Foundation
import VectorCore
import VectorIndexes

/// One index that follows a runbook.
struct RunbookParticipant {
  let training: RunbookTraining
  private let index: any MutableVectorIndex
  private let threads: Int
  private let label: String
  /// The folder of an index that lives in a file.
  private let folder: IndexFolder?
  /// What the steps since the last search took.
  private var work = Work()
  /// Whether vectors have changed since the index was trained.
  private var isChanged = false

  /// What some steps took.
  private struct Work {
    var trainSeconds = 0.0
    /// The seconds of each insertion and replacement.
    var inserts: [Double] = []
    var insertedVectors = 0
    var removeSeconds = 0.0
    var removedVectors = 0
  }

  /// Creates an empty index.
  ///
  /// - Parameters:
  ///   - options: the options, of which the seed and the number of build threads are used.
  ///   - parent: the folder for an index that lives in a file.
  /// - Throws: `BenchError.index` when the index refuses, `.notMutable` when nothing can be inserted into it.
  init(
    _ subject: Subject, _ parameters: Parameters, _ training: RunbookTraining, options: RunOptions,
    dimension: Int, metric: Metric, folder parent: String
  ) throws(BenchError) {
    self.training = training
    threads = options.buildThreads
    label = Cell.label(kind: subject.kind, parameters.entries)
    let stored = subject.persistentType(for: parameters)
    folder = stored.map { _ in IndexFolder(temporaryIn: parent) }
    let made: any VectorIndex
    do throws(IndexError) {
      if let stored, let folder {
        made = try stored.open(
          at: folder.file, dimension: dimension, metric: metric, parameters: parameters, seed: options.seed)
      } else {
        made = try subject.make(
          dimension: dimension, metric: metric, parameters: parameters, seed: options.seed,
          threads: options.buildThreads)
      }
    } catch {
      throw .index(label: label, error)
    }
    guard let index = made as? any MutableVectorIndex else { throw .notMutable(kind: subject.kind) }
    self.index = index
  }

  /// Carries out a step; a search is left to `searched`.
  ///
  /// The index is trained on the vectors of the first insertion, unless it trains itself.
  mutating func follow(_ step: Runbook.Step, _ vectors: Matrix) throws(BenchError) {
    do throws(IndexError) {
      switch step {
      case .search: break
      case .insert(let range): try insert(range, vectors[rows: range], onConflict: .fail)
      case .replace(let tags, let rows): try insert(tags, vectors[rows: rows], onConflict: .replace)
      case .delete(let range):
        work.removeSeconds += try seconds { () throws(IndexError) in try remove(range) }
        work.removedVectors += range.count
        isChanged = true
      }
    } catch {
      throw .index(label: label, error)
    }
  }

  /// Trains again where the training says so, and returns the index as the runner measures it, with the cost of the
  /// steps since the last search.
  mutating func searched() throws(BenchError) -> (built: Runner.BuiltIndex, figures: WorkloadFigures) {
    do throws(IndexError) {
      if training == .each, isChanged, let index = index as? any TrainableIndex {
        work.trainSeconds += try seconds { () throws(IndexError) in try index.retrain(threads: threads) }
      }
    } catch {
      throw .index(label: label, error)
    }
    let statistics = index.statistics
    let cost = CellMeasurement.BuildCost(
      trainSeconds: work.trainSeconds, insertSeconds: work.inserts.reduce(0, +),
      indexBytes: statistics.memoryBytes + statistics.diskBytes)
    var figures = WorkloadFigures(index: statistics.figures.filter(\.value.isFinite))
    let milliseconds = work.inserts.map { $0 * 1e3 }.sorted()
    if !milliseconds.isEmpty {
      figures.writes = WorkloadFigures.Writes(
        vectors: work.insertedVectors, seconds: cost.insertSeconds,
        p50Milliseconds: percentile(50, ofSorted: milliseconds),
        p99Milliseconds: percentile(99, ofSorted: milliseconds),
        freezes: 0, flushes: 0)
    }
    if work.removedVectors > 0 {
      figures.removals = WorkloadFigures.Removals(vectors: work.removedVectors, seconds: work.removeSeconds)
    }
    (work, isChanged) = (Work(), false)
    return (Runner.BuiltIndex(index: index, cost: cost, folder: folder), figures)
  }

  private mutating func insert(
    _ tags: Range<Int>, _ vectors: Matrix, onConflict: ConflictRule
  ) throws(IndexError) {
    if let index = index as? any TrainableIndex, !index.isTrained, !(index is any SelfTrainingIndex) {
      work.trainSeconds += try seconds { () throws(IndexError) in try index.train(vectors, threads: threads) }
    } else {
      isChanged = true
    }
    work.inserts.append(
      try seconds { () throws(IndexError) in
        try index.insertBatch(
          ids: tags.map(UInt64.init), vectors: vectors, metadata: [], onConflict: onConflict, threads: threads)
      })
    work.insertedVectors += tags.count
  }

  private func remove(_ tags: Range<Int>) throws(IndexError) {
    if let index = index as? any BatchRemovingIndex { return try index.remove(ids: tags.map(UInt64.init)) }
    for tag in tags { try index.remove(id: UInt64(tag)) }
  }

  /// Returns the seconds that a change takes; for an index in a file, its commit is included. An index in another
  /// process measures its changes itself.
  private func seconds(_ change: () throws(IndexError) -> Void) throws(IndexError) -> Double {
    let other = index as? any SelfTimingIndex
    let before = other?.buildSeconds ?? 0
    let start = monotonicNanoseconds()
    try change()
    try (index as? any PersistentIndex)?.commit()
    if let other { return (other.buildSeconds ?? 0) - before }
    return Double(monotonicNanoseconds() - start) / 1e9
  }
}
