import Datasets
import Foundation
import VectorCore
import VectorIndexes

/// Builds indexes over one dataset and measures their searches.
///
/// It refers to no kind of index by name: it finds the capabilities of an index, beyond searching, by casting to
/// protocols.
public struct Runner: Sendable {
  public let dataset: Dataset
  let files: IndexFiles
  /// The metadata of each row of the dataset; none for searches without filters.
  let metadata: [Metadata]
  /// The row of each id, the largest number for an id that is not stored; `nil` when row i has id i.
  let numbers: [Int32]?

  /// An index that holds all train rows of the dataset; row i has id i.
  public struct BuiltIndex: Sendable {
    public let index: any VectorIndex
    public let cost: CellMeasurement.BuildCost
    /// The folder of an index that lives in a file.
    let folder: IndexFolder?
  }

  /// The measurement of a cell, and the raw results from which it was derived.
  public struct Result: Sendable {
    public var measurement: CellMeasurement
    public let raw: RawRounds
  }

  /// The identity of the measured build, which its measurements state.
  public struct Identity: Sendable, Codable {
    /// The name of the index in the sweep.
    public var variant: String
    /// The SHA-256 of the dataset's file.
    public var datasetSHA256: String
    public var provenance: Provenance

    public init(variant: String, datasetSHA256: String, provenance: Provenance) {
      self.variant = variant
      self.datasetSHA256 = datasetSHA256
      self.provenance = provenance
    }
  }

  /// A step in the measurement of some cells.
  public enum Step: Sendable, Equatable {
    /// One round, counted from 1, with its warm-up.
    case round(cell: Int, number: Int)
    /// A further slice of a round, counted from 1; only in rounds that are divided into slices.
    case slice(cell: Int, round: Int, number: Int)
    /// All rounds are done; the figures are computed from them.
    case figures(cell: Int)
  }

  /// - Parameter files: where indexes that live in files are stored.
  public init(dataset: Dataset, files: IndexFiles = .temporary(parent: NSTemporaryDirectory())) {
    self.init(dataset: dataset, metadata: [], numbers: nil, files: files)
  }

  /// - Parameter numbers: the row of each id of a built index; `nil` when row i has id i.
  init(
    dataset: Dataset, metadata: [Metadata] = [], numbers: [Int32]? = nil,
    files: IndexFiles = .temporary(parent: NSTemporaryDirectory())
  ) {
    self.dataset = dataset
    self.metadata = metadata
    self.numbers = numbers
    self.files = files
  }

  /// Measures cells of a built index in interleaved rounds, so that disturbances of the machine affect all cells alike.
  ///
  /// Round 1 runs each cell in order, round 2 in the opposite order, and so on. A warm-up precedes each round of each
  /// cell, so that no cell benefits or suffers from the one before it.
  ///
  /// - Parameters:
  ///   - cells: the cells; all have the same number of rounds, at least one.
  ///   - inSlices: whether each round is divided into slices of three milliseconds, where that is possible: one thread,
  ///     single mode. Two programs that take turns are then affected alike by disturbances of the machine that are
  ///     shorter than a round.
  ///   - begin: is called before each step.
  ///   - end: gets the place of a cell and its result, cell after cell: `BenchError.dataset` where the dataset can't judge
  ///     k neighbours, `.index` where a search failed.
  public func measure(
    _ built: BuiltIndex, _ cells: [PlannedCell], as identity: Identity, inSlices: Bool = false,
    begin: (Step) -> Void = { _ in },
    end: (Int, Swift.Result<Result, BenchError>) -> Void
  ) {
    measure(built, cells, filters: nil, as: identity, inSlices: inSlices, begin: begin, end: end)
  }

  /// Does the same with the filter of each query, which must be one of the metadata that the index has.
  func measure(
    _ built: BuiltIndex, _ cells: [PlannedCell], filters: QueryFilters?, as identity: Identity,
    inSlices: Bool = false, begin: (Step) -> Void = { _ in }, end: (Int, Swift.Result<Result, BenchError>) -> Void
  ) {
    // A library in this process could write into the queries, which all cells share.
    let isForeign = built.index is any ForeignIndex && !(built.index is any SelfTimingIndex)
    let original = isForeign ? Array(dataset.test.floats) : []
    var sessions = cells.map {
      CellSession($0, of: built.index, over: dataset, filters: filters, numbers: numbers, original: original)
    }
    let rounds = cells.map(\.options.rounds).max() ?? 0
    for round in 1...max(rounds, 1) {
      let order = round.isMultiple(of: 2) ? Array(cells.indices.reversed()) : Array(cells.indices)
      for place in order where sessions[place].failure == nil && round <= cells[place].options.rounds {
        begin(.round(cell: place, number: round))
        var slice = 0
        sessions[place].run(round, inSlices: inSlices) {
          slice += 1
          begin(.slice(cell: place, round: round, number: slice))
        }
      }
    }
    let together = sessions.reduce(into: MachineActivity()) { $0.add($1.activity) }
    for place in sessions.indices {
      begin(.figures(cell: place))
      end(place, sessions[place].result(of: built, over: dataset, as: identity, together: together))
    }
  }
}
