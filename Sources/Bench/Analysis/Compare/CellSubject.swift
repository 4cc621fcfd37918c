import VectorIndexes

/// What a cell measures, whatever code and machine measured it: what two runs' cells are matched by.
///
/// Parameters at their defaults do not count, so that a version that has one more still has the same cells. How many
/// rounds there were and how many threads built changes no answer.
public struct CellSubject: Sendable, Hashable, Codable {
  public let dataset: String
  public let queries: Int
  /// Kind and all parameters that are not at their defaults.
  public let index: String
  public let k: Int
  public let mode: SearchMode
  public let threads: Int
  public let seed: UInt64
  /// `nil` for searches of a finished index.
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

  /// The index and the stage, in words.
  public var name: String { index + (stage.map { ", \($0)" } ?? "") }

  /// The same with any number of threads: recall is the same then, times are not compared.
  var withAnyThreads: CellSubject { CellSubject(self, threads: 0) }
}
