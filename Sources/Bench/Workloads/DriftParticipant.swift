import Datasets
import Foundation
import VectorCore
import VectorIndexes

/// One index that grows in a `DriftWorkload`.
struct DriftParticipant {
  let build: SweepPlan.Build
  let training: DriftMeasurement.Training
  let index: any MutableVectorIndex
  /// Of an index that lives in a file.
  private let folder: IndexFolder?

  /// The ways in which an index keeps up: one, or two where it must be trained.
  ///
  /// - Parameter folder: where indexes that live in files have them.
  static func all(
    of build: SweepPlan.Build, over dataset: Dataset, folder: String
  ) throws(BenchError) -> [DriftParticipant] {
    let trainings: [DriftMeasurement.Training] =
      switch build.type {
      case is any SelfTrainingIndex.Type: [.itself]
      case is any TrainableIndex.Type: [.first, .each]
      default: [.none]
      }
    var participants: [DriftParticipant] = []
    for training in trainings {
      participants.append(
        try DriftParticipant(build, training, dimension: dataset.train.columns, dataset.metric, folder: folder))
    }
    return participants
  }

  private init(
    _ build: SweepPlan.Build, _ training: DriftMeasurement.Training, dimension: Int, _ metric: Metric,
    folder parent: String
  ) throws(BenchError) {
    self.build = build
    self.training = training
    let stored = (build.type as? any StorableIndex.Type)?.persistentType(for: build.parameters)
    folder = stored.map { _ in IndexFolder(temporaryIn: parent) }
    let made: any VectorIndex
    do throws(IndexError) {
      if let stored, let folder {
        made = try stored.open(
          at: folder.file, dimension: dimension, metric: metric, parameters: build.parameters, seed: build.seed)
      } else {
        made = try build.type.init(
          dimension: dimension, metric: metric, parameters: build.parameters, seed: build.seed)
      }
    } catch {
      throw .index(label: build.label, error)
    }
    guard let index = made as? any MutableVectorIndex else { throw .notMutable(kind: build.type.declaration.kind) }
    self.index = index
  }

  /// Stores the vectors of a step, and trains before the first and, where that is the way, after the others.
  func grow(_ vectors: Matrix, by rows: Range<Int>, step: Int) throws(BenchError) -> Measurement.BuildCost {
    let threads = build.cells[0].options.buildThreads
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
      return Measurement.BuildCost(
        trainSeconds: trainSeconds, insertSeconds: insertSeconds,
        indexBytes: statistics.memoryBytes + statistics.diskBytes)
    } catch {
      throw .index(label: build.label, error)
    }
  }

  /// How long a change takes; in a file, with its commit.
  private func seconds(_ change: () throws(IndexError) -> Void) throws(IndexError) -> Double {
    let start = monotonicNanoseconds()
    try change()
    try (index as? any PersistentIndex)?.commit()
    return Double(monotonicNanoseconds() - start) / 1e9
  }

  /// The index as the runner measures it.
  func built(_ cost: Measurement.BuildCost) -> Runner.BuiltIndex {
    Runner.BuiltIndex(index: index, cost: cost, folder: folder)
  }
}
