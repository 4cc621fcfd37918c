import Datasets
import Foundation
import VectorCore
import VectorIndexes

/// Builds indexes over one dataset and measures their searches.
///
/// It knows no index by name: what one can do beyond searching it asks by casting.
public struct Runner: Sendable {
  public let dataset: Dataset
  /// Where indexes that live in files have them while they are measured.
  private let indexFolder: String

  /// An index that holds all of the dataset's train rows, row i under id i.
  public struct BuiltIndex: Sendable {
    public let index: any VectorIndex
    public let cost: Measurement.BuildCost
    /// Of an index that lives in a file.
    let folder: TemporaryIndexFolder?
  }

  /// What was measured of a cell, and what that was derived from.
  public struct Result: Sendable {
    public var measurement: Measurement
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

  /// - Parameter indexFolder: where indexes that live in files have them while they are measured.
  public init(dataset: Dataset, indexFolder: String = NSTemporaryDirectory()) {
    self.dataset = dataset
    self.indexFolder = indexFolder
  }

  /// Makes, trains and fills an index, and commits it where it lives in a file.
  ///
  /// - Parameters:
  ///   - parameters: of the build.
  ///   - options: whose seed and build threads are taken.
  /// - Throws: `BenchError.index` when the index refuses, `.notMutable` when nothing can be inserted into it.
  public func build(
    _ type: any VectorIndex.Type, _ parameters: Parameters, options: RunOptions
  ) throws(BenchError) -> BuiltIndex {
    precondition(options.buildThreads > 0)
    let ids = Array(0..<UInt64(dataset.train.rows))
    let residentBefore = ProcessMemory.residentBytes()
    guard type is any MutableVectorIndex.Type else { throw .notMutable(kind: type.declaration.kind) }
    do throws(IndexError) {
      let start = monotonicNanoseconds()
      let (index, folder) = try make(type, parameters, seed: options.seed)
      if let index = index as? any TrainableIndex {
        try index.train(dataset.train, threads: options.buildThreads)
      }
      let trained = monotonicNanoseconds()
      if let index = index as? any MutableVectorIndex {
        try index.insertBatch(
          ids: ids, vectors: dataset.train, metadata: [], onConflict: .fail, threads: options.buildThreads)
      }
      try (index as? any PersistentIndex)?.commit()
      let end = monotonicNanoseconds()
      let residentAfter = ProcessMemory.residentBytes()
      let statistics = index.statistics
      let growth = residentBefore.flatMap { before in residentAfter.map { $0 - before } }
      return BuiltIndex(
        index: index,
        cost: Measurement.BuildCost(
          trainSeconds: Double(trained - start) / 1e9, insertSeconds: Double(end - trained) / 1e9,
          indexBytes: statistics.memoryBytes + statistics.diskBytes, diskBytes: statistics.diskBytes,
          residentBytes: growth),
        folder: folder)
    } catch {
      throw .index(label: Cell.label(kind: type.declaration.kind, parameters.entries), error)
    }
  }

  /// Makes an empty index, in a file of a folder of its own where the parameters ask for one.
  private func make(
    _ type: any VectorIndex.Type, _ parameters: Parameters, seed: UInt64
  ) throws(IndexError) -> (any VectorIndex, TemporaryIndexFolder?) {
    let (dimension, metric) = (dataset.train.columns, dataset.metric)
    guard let persistent = (type as? any StorableIndex.Type)?.persistentType(for: parameters) else {
      return (try type.init(dimension: dimension, metric: metric, parameters: parameters, seed: seed), nil)
    }
    let folder = TemporaryIndexFolder(in: indexFolder)
    return (
      try persistent.open(
        at: folder.file, dimension: dimension, metric: metric, parameters: parameters, seed: seed), folder
    )
  }

  /// Measures cells of a built index, their rounds in turns: what the machine does meanwhile hits all alike.
  ///
  /// Round 1 of each cell in order, round 2 in the opposite order, and so on; each after a warm-up of its own, so that
  /// no cell profits or suffers from the one before it.
  ///
  /// - Parameters:
  ///   - cells: the same number of rounds each, at least one.
  ///   - begin: is called before each step.
  /// - Returns: one result a cell; `BenchError.dataset` where the dataset can't judge k neighbours, `.index` where a
  ///   search failed.
  public func measure(
    _ built: BuiltIndex, _ cells: [PlannedCell], as identity: Identity,
    begin: (Step) -> Void = { _ in }
  ) -> [Swift.Result<Result, BenchError>] {
    var sessions = cells.map { CellSession($0, of: built.index, over: dataset) }
    let rounds = cells.map(\.options.rounds).max() ?? 0
    for round in 1...max(rounds, 1) {
      let order = round.isMultiple(of: 2) ? Array(cells.indices.reversed()) : Array(cells.indices)
      for place in order where sessions[place].failure == nil && round <= cells[place].options.rounds {
        begin(.round(cell: place, number: round))
        sessions[place].run(round)
      }
    }
    let together = sessions.reduce(into: MachineActivity()) { $0.add($1.activity) }
    return sessions.enumerated().map { place, session in
      begin(.figures(cell: place))
      return session.result(of: built, over: dataset, as: identity, together: together)
    }
  }
}
