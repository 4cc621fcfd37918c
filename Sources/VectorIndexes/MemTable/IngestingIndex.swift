import VectorCore
import VectorSearch

/// A kind of index that is searched while vectors are written to it: memtables take them, and a base in the end.
///
/// The workload `ingest` measures every such kind.
public protocol IngestingIndex: DeclaredIndex {
  /// Makes the base, empty: in memory, or in a file where the parameters ask for one.
  ///
  /// - Parameter file: where the file is made; called only where there is one.
  static func makeBase(
    dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64, file: () -> String
  ) throws(IndexError) -> IVFPQIndex

  /// Makes the writer over a trained base.
  static func makeWriter(over base: IVFPQIndex, parameters: Parameters) throws(IndexError) -> MemTableWriter
}

extension MemTableIndex: IngestingIndex {
  public static func makeBase(
    dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64, file: () -> String
  ) throws(IndexError) -> IVFPQIndex {
    StorageChoice.isFile(parameters)
      ? try PersistentIVFPQIndex.open(
        at: file(), dimension: dimension, metric: metric, parameters: parameters, seed: seed)
      : try IVFPQIndex(dimension: dimension, metric: metric, parameters: parameters, seed: seed)
  }

  public static func makeWriter(
    over base: IVFPQIndex, parameters: Parameters
  ) throws(IndexError) -> MemTableWriter {
    try MemTableWriter(over: base, configuration: MemTableConfiguration(parameters))
  }
}
