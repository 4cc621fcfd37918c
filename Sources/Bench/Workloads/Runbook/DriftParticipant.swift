import Foundation
import VectorCore
import VectorIndexes

/// One index that grows in a `drift`.
struct DriftParticipant {
  let training: DriftTraining
  private let index: any MutableVectorIndex
  private let threads: Int
  private let label: String
  /// The folder of an index that lives in a file.
  private let folder: IndexFolder?

  /// Creates an empty index.
  ///
  /// - Parameters:
  ///   - options: the options, of which the seed and the number of build threads are used.
  ///   - parent: the folder for an index that lives in a file.
  /// - Throws: `BenchError.index` when the index refuses, `.notMutable` when nothing can be inserted into it.
  init(
    _ subject: Subject, _ parameters: Parameters, _ training: DriftTraining, options: RunOptions,
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

  /// Stores the vectors of a step; trains before the first step and, with `DriftTraining.each`, after the others.
  ///
  /// - Returns: the index as the runner measures it, with the cost of this step, and the index's own description of
  ///   itself.
  func grow(
    _ vectors: Matrix, by rows: Range<Int>, step: Int
  ) throws(BenchError) -> (built: Runner.BuiltIndex, figures: WorkloadFigures) {
    let added = vectors[rows: rows]
    let isTrained = training == .first || training == .each
    var trainSeconds = 0.0
    do throws(IndexError) {
      if isTrained, step == 1 {
        trainSeconds = try seconds { () throws(IndexError) in
          try (index as? any TrainableIndex)?.train(added, threads: threads)
        }
      }
      let insertSeconds = try seconds { () throws(IndexError) in
        try index.insertBatch(
          ids: rows.map(UInt64.init), vectors: added, metadata: [], onConflict: .fail, threads: threads)
      }
      if training == .each, step > 1 {
        trainSeconds = try seconds { () throws(IndexError) in
          try (index as? any TrainableIndex)?.retrain(threads: threads)
        }
      }
      let statistics = index.statistics
      let cost = CellMeasurement.BuildCost(
        trainSeconds: trainSeconds, insertSeconds: insertSeconds,
        indexBytes: statistics.memoryBytes + statistics.diskBytes)
      return (
        Runner.BuiltIndex(index: index, cost: cost, folder: folder),
        WorkloadFigures(index: statistics.figures.filter(\.value.isFinite))
      )
    } catch {
      throw .index(label: label, error)
    }
  }

  /// Returns the seconds that a change takes; for an index in a file, its commit is included.
  private func seconds(_ change: () throws(IndexError) -> Void) throws(IndexError) -> Double {
    let start = monotonicNanoseconds()
    try change()
    try (index as? any PersistentIndex)?.commit()
    return Double(monotonicNanoseconds() - start) / 1e9
  }
}
