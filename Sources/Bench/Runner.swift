import Datasets
import Foundation
import VectorCore
import VectorIndexes

/// Builds indexes over one dataset and measures their searches.
///
/// It knows no index by name: what one can do beyond searching it asks by casting.
public struct Runner: Sendable {
  public let dataset: Dataset
  public let options: RunOptions
  private let provenance: Provenance

  /// An index that holds all of the dataset's train rows, row i under id i.
  public struct BuiltIndex: Sendable {
    public let index: any VectorIndex
    public let build: SweepPlan.Build
    public let cost: Measurement.BuildCost
  }

  /// What was measured of a cell, and the answers of the round it was measured on.
  public struct Result: Sendable {
    public let measurement: Measurement
    public let answers: JudgedAnswers
  }

  /// - Throws: `BenchError.tooFewTrueNeighbors` when the dataset can't judge `options.k` neighbours.
  public init(dataset: Dataset, options: RunOptions, provenance: Provenance = .current()) throws(BenchError) {
    precondition(options.k > 0 && options.rounds > 0 && options.threads > 0 && options.buildThreads > 0)
    guard options.k <= dataset.groundTruth.depth else {
      throw .tooFewTrueNeighbors(dataset: dataset.name, k: options.k, depth: dataset.groundTruth.depth)
    }
    self.dataset = dataset
    self.options = options
    self.provenance = provenance
  }

  /// Makes, trains and fills an index.
  ///
  /// - Throws: `BenchError.index` when the index refuses, `.notMutable` when nothing can be inserted into it.
  public func build(_ build: SweepPlan.Build) throws(BenchError) -> BuiltIndex {
    let ids = Array(0..<UInt64(dataset.train.rows))
    let residentBefore = ProcessMemory.residentBytes()
    guard build.type is any MutableVectorIndex.Type else {
      throw .notMutable(kind: build.type.declaration.kind)
    }
    do throws(IndexError) {
      let start = monotonicNanoseconds()
      let index = try build.type.init(
        dimension: dataset.train.columns, metric: dataset.metric, parameters: build.parameters, seed: options.seed)
      if let index = index as? any TrainableIndex {
        try index.train(dataset.train, threads: options.buildThreads)
      }
      let trained = monotonicNanoseconds()
      if let index = index as? any MutableVectorIndex {
        try index.insertBatch(
          ids: ids, vectors: dataset.train, metadata: [], onConflict: .fail, threads: options.buildThreads)
      }
      let end = monotonicNanoseconds()
      let residentAfter = ProcessMemory.residentBytes()
      let statistics = index.statistics
      let growth = residentBefore.flatMap { before in residentAfter.map { $0 - before } }
      return BuiltIndex(
        index: index, build: build,
        cost: Measurement.BuildCost(
          trainSeconds: Double(trained - start) / 1e9, insertSeconds: Double(end - trained) / 1e9,
          indexBytes: statistics.memoryBytes + statistics.diskBytes, residentBytes: growth))
    } catch {
      throw .index(label: build.label, error)
    }
  }

  /// Measures one search setting of a built index.
  ///
  /// - Parameter progress: is kept up to date for another thread to show.
  /// - Throws: `BenchError.index` when a search fails.
  public func measure(
    _ built: BuiltIndex, search: Parameters, progress: SearchProgress = SearchProgress()
  ) throws(BenchError) -> Result {
    let cell = Cell(kind: built.build.type.declaration.kind, build: built.build.parameters, search: search)
    let session = SearchSession(
      index: built.index, queries: dataset.test, k: options.k,
      parameters: SearchParameters(search, metric: dataset.metric), mode: options.mode, threads: options.threads,
      progress: progress)
    var rounds: [Round] = []
    do throws(IndexError) {
      try session.warmUp()
      for number in 1...options.rounds { rounds.append(try session.round(number)) }
    } catch {
      throw .index(label: cell.label, error)
    }
    func speed(_ round: Round) -> Double { round.queriesPerSecond(mode: options.mode, threads: options.threads) }
    rounds.sort { speed($0) < speed($1) }
    // A round that took place: of an even number the slower of the middle two.
    let median = rounds[(rounds.count - 1) / 2]
    let answers = JudgedAnswers(median, of: dataset)
    let measurement = Measurement(
      cell: cell, options: options,
      dataset: Measurement.DatasetShape(
        name: dataset.name, metric: dataset.metric, trainSize: dataset.train.rows,
        dimension: dataset.train.columns, queries: dataset.test.rows),
      build: built.cost,
      speed: Measurement.Speed(
        median: median, spread: speed(rounds[0])...speed(rounds[rounds.count - 1]), options: options),
      quality: Quality(answers, of: dataset), provenance: provenance, timestamp: Date())
    return Result(measurement: measurement, answers: answers)
  }
}
