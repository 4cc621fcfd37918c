import Datasets
import Foundation
import VectorCore
import VectorIndexes

/// The index below the memtables of an `ingest`, in memory or in a file that is removed with it.
struct IngestBase {
  let index: IVFPQIndex
  /// The folder of an index that lives in a file, which is removed with it.
  private let file: IndexFolder?
  private let type: any IngestingIndex.Type
  private let parameters: Parameters
  /// What it took to train and to fill it; the bytes are those of the base alone.
  private(set) var cost: CellMeasurement.BuildCost

  /// Creates the index, trains it on the first rows of a dataset and stores these rows, each under its number.
  ///
  /// - Parameters:
  ///   - options: the options, of which the seed and the number of build threads are used.
  ///   - parent: the folder for an index that lives in a file.
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

  /// The size in bytes, as the index reports it.
  var bytes: Int {
    let statistics = index.statistics
    return statistics.memoryBytes + statistics.diskBytes
  }

  func makeWriter() throws(IndexError) -> MemTableWriter {
    try type.makeWriter(over: index, parameters: parameters)
  }
}
