import Datasets
import Foundation
import VectorCore
import VectorIndexes

/// The index below the memtables of an `IngestWorkload`: in memory, or in a file that goes with it.
struct IngestBase {
  private enum Kind {
    case memory(IVFPQIndex)
    case file(PersistentIVFPQIndex, IndexFolder)
  }

  private let kind: Kind
  private let configuration: MemTableConfiguration

  /// Makes the index, trains it on the first rows of a dataset and stores them, each under its number.
  ///
  /// - Parameter parent: where an index that lives in a file has it.
  init(
    _ build: SweepPlan.Build, holding vectors: Matrix, metric: Metric, folder parent: String
  ) throws(IndexError) {
    let (parameters, threads) = (build.parameters, build.cells[0].options.buildThreads)
    configuration = MemTableConfiguration(parameters)
    if IVFPQIndex.persistentType(for: parameters) == nil {
      kind = .memory(
        try IVFPQIndex(dimension: vectors.columns, metric: metric, parameters: parameters, seed: build.seed))
    } else {
      let folder = IndexFolder(temporaryIn: parent)
      kind = .file(
        try PersistentIVFPQIndex.open(
          at: folder.file, dimension: vectors.columns, metric: metric, parameters: parameters, seed: build.seed),
        folder)
    }
    try index.train(vectors, threads: threads)
    try index.insertBatch(
      ids: (0..<vectors.rows).map(UInt64.init), vectors: vectors, metadata: [], onConflict: .fail, threads: threads)
  }

  var index: any MutableVectorIndex & TrainableIndex {
    switch kind {
    case .memory(let index): index
    case .file(let index, _): index
    }
  }

  func makeWriter() throws(IndexError) -> MemTableWriter {
    switch kind {
    case .memory(let index): try MemTableWriter(over: index, configuration: configuration)
    case .file(let index, _): try MemTableWriter(over: index, configuration: configuration)
    }
  }
}
