import VectorIndexes

/// The part of a cell's identity that is independent of code and machine; it matches the cells of two runs.
///
/// Parameters at their default values do not count, so that a version with one more parameter still has the same cells.
/// The numbers of rounds and of building threads do not count either, since they change no answer.
public struct CellSubject: Sendable, Hashable, Codable {
  public let dataset: String
  public let queries: Int
  /// The kind, and all parameters that are not at their default values.
  public let index: String
  public let k: Int
  public let mode: SearchMode
  public let threads: Int
  public let seed: UInt64
  /// The stage; `nil` for searches of a finished index.
  public let stage: WorkloadStage?

  init(_ planned: PlannedCell, dataset: SweepDataset) {
    let (cell, options) = (planned.cell, planned.options)
    self.dataset = dataset.name
    queries = dataset.shape.queries
    index = Cell.label(
      kind: cell.kind, (cell.build.changed + cell.search.changed).sorted { $0.name < $1.name })
    k = options.k
    mode = options.mode
    threads = options.threads
    seed = options.seed
    stage = options.stage
  }

  private init(_ other: CellSubject, threads: Int) {
    dataset = other.dataset
    queries = other.queries
    index = other.index
    k = other.k
    mode = other.mode
    self.threads = threads
    seed = other.seed
    stage = other.stage
  }

  /// The index and the stage as text.
  public var name: String { index + (stage.map { ", \($0)" } ?? "") }

  /// The same subject with any number of threads: recall can then be compared, times cannot.
  var withAnyThreads: CellSubject { CellSubject(self, threads: 0) }
}
