import Datasets
import Foundation
import VectorCore
import VectorIndexes

/// Builds indexes over one dataset and measures their searches.
///
/// It knows no index by name: what one can do beyond searching it asks by casting.
public struct Runner: Sendable {
  public let dataset: Dataset
  let files: IndexFiles

  /// An index that holds all of the dataset's train rows, row i under id i.
  public struct BuiltIndex: Sendable {
    public let index: any VectorIndex
    public let cost: CellMeasurement.BuildCost
    /// Of an index that lives in a file.
    let folder: IndexFolder?
  }

  /// What was measured of a cell, and what that was derived from.
  public struct Result: Sendable {
    public var measurement: CellMeasurement
    public let raw: RawRounds
  }

  /// How the measuring process is called in its measurements.
  public struct Identity: Sendable, Codable {
    /// What the sweep calls the index.
    public var variant: String
    /// Of the dataset's file.
    public var datasetSHA256: String
    public var provenance: Provenance

    public init(variant: String, datasetSHA256: String, provenance: Provenance) {
      self.variant = variant
      self.datasetSHA256 = datasetSHA256
      self.provenance = provenance
    }
  }

  /// A step of measuring some cells.
  public enum Step: Sendable, Equatable {
    /// One round, from 1, with its warm-up.
    case round(cell: Int, number: Int)
    /// All rounds are done; what they amount to is computed.
    case figures(cell: Int)
  }

  /// - Parameter files: where indexes that live in files have them.
  public init(dataset: Dataset, files: IndexFiles = .temporary(parent: NSTemporaryDirectory())) {
    self.dataset = dataset
    self.files = files
  }

  /// Measures cells of a built index, their rounds in turns: what the machine does meanwhile hits all alike.
  ///
  /// Round 1 of each cell in order, round 2 in the opposite order, and so on; each after a warm-up of its own, so that
  /// no cell profits or suffers from the one before it.
  ///
  /// - Parameters:
  ///   - cells: the same number of rounds each, at least one.
  ///   - begin: is called before each step.
  ///   - end: gets the place of a cell and its result, cell after cell: `BenchError.dataset` where the dataset can't judge
  ///     k neighbours, `.index` where a search failed.
  public func measure(
    _ built: BuiltIndex, _ cells: [PlannedCell], as identity: Identity, begin: (Step) -> Void = { _ in },
    end: (Int, Swift.Result<Result, BenchError>) -> Void
  ) {
    // A library in this process could write into the queries, which all cells share.
    let isForeign = built.index is any ForeignIndex && !(built.index is any SelfTimingIndex)
    let original = isForeign ? Array(dataset.test.floats) : []
    var sessions = cells.map { CellSession($0, of: built.index, over: dataset, original: original) }
    let rounds = cells.map(\.options.rounds).max() ?? 0
    for round in 1...max(rounds, 1) {
      let order = round.isMultiple(of: 2) ? Array(cells.indices.reversed()) : Array(cells.indices)
      for place in order where sessions[place].failure == nil && round <= cells[place].options.rounds {
        begin(.round(cell: place, number: round))
        sessions[place].run(round)
      }
    }
    let together = sessions.reduce(into: MachineActivity()) { $0.add($1.activity) }
    for place in sessions.indices {
      begin(.figures(cell: place))
      end(place, sessions[place].result(of: built, over: dataset, as: identity, together: together))
    }
  }
}
