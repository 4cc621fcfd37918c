import Datasets
import Foundation
import VectorCore
import VectorIndexes

/// The index below the memtables of an `ingest`: in memory, or in a file that goes with it.
struct IngestBase {
  let index: IVFPQIndex
  /// Of an index that lives in a file, which goes with it.
  private let file: IndexFolder?
  private let type: any IngestingIndex.Type
  private let parameters: Parameters
  /// What it took to train and to fill it; the bytes are those of the base alone.
  private(set) var cost: CellMeasurement.BuildCost

  /// Makes the index, trains it on the first rows of a dataset and stores them, each under its number.
  ///
  /// - Parameters:
  ///   - options: whose seed and build threads are taken.
  ///   - parent: where an index that lives in a file has it.
  init(
    _ type: any IngestingIndex.Type, _ parameters: Parameters, options: RunOptions, holding vectors: Matrix,
    metric: Metric, folder parent: String
  ) throws(IndexError) {
    let start = monotonicNanoseconds()
    self.type = type
    self.parameters = parameters
    var folder: IndexFolder?
    index = try type.makeBase(
      dimension: vectors.columns, metric: metric, parameters: parameters, seed: options.seed
    ) {
      let made = IndexFolder(temporaryIn: parent)
      folder = made
      return made.file
    }
    file = folder
    cost = CellMeasurement.BuildCost(trainSeconds: 0, insertSeconds: 0, indexBytes: 0)
    try index.train(vectors, threads: options.buildThreads)
    let trained = monotonicNanoseconds()
    try index.insertBatch(
      ids: (0..<vectors.rows).map(UInt64.init), vectors: vectors, metadata: [], onConflict: .fail,
      threads: options.buildThreads)
    cost.trainSeconds = Double(trained - start) / 1e9
    cost.insertSeconds = Double(monotonicNanoseconds() - trained) / 1e9
  }

  /// As it counts itself.
  var bytes: Int {
    let statistics = index.statistics
    return statistics.memoryBytes + statistics.diskBytes
  }

  func makeWriter() throws(IndexError) -> MemTableWriter {
    try type.makeWriter(over: index, parameters: parameters)
  }
}
