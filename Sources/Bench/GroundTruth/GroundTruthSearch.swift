import Datasets
import Foundation
import Synchronization
import VectorCore
import VectorIndexes

/// Computes the true neighbours of a dataset's queries with the exact index, in batches and on all cores.
///
/// The flat index returns the same bits as a plain scan. Equal distances are ordered by row number.
public struct GroundTruthSearch: Sendable {
  /// The true neighbours, and the cost of computing them.
  public struct Result: Sendable {
    public let groundTruth: GroundTruth
    /// The time of searching alone, without filling the index and without the check.
    public let searchSeconds: Double
    /// The number of queries that were checked against distances in Float64.
    public let checkedQueries: Int
  }

  /// What is under way.
  public enum Step: Sendable, Equatable, Codable {
    /// An earlier search has found them.
    case cached
    case indexing(rows: Int)
    case searching(answered: Int, queries: Int, seconds: Double)
    case checking(queries: Int)
  }

  /// The number of queries in a call of `searchBatch`.
  static let blockSize = 256
  /// The greatest number of queries that are checked against Float64.
  var sampleSize = 32

  private let dataset: Dataset
  private let k: Int
  private let threads: Int

  /// - Parameters:
  ///   - dataset: `train`, `test` and the metric; the ground truth is not used.
  ///   - k: the number of neighbours per query, at most the number of rows.
  /// - Throws: `BenchError.tooFewRows` for a k above the number of rows, `tooManyAnswers` when the answers do not fit
  ///   into memory; `dataset` when no query has neighbours.
  public init(
    _ dataset: Dataset, k: Int, threads: Int = UsableProcessors.count
  ) throws(BenchError) {
    precondition(k > 0 && threads > 0)
    guard k <= dataset.train.rows else { throw .tooFewRows(name: dataset.name, rows: dataset.train.rows, k: k) }
    // Ids and distances, in the form of the search and in the form of the result.
    let (bytes, overflow) = (k * 24).multipliedReportingOverflow(by: dataset.test.rows)
    guard !overflow, bytes < ProcessInfo.processInfo.physicalMemory else {
      throw .tooManyAnswers(name: dataset.name, queries: dataset.test.rows, k: k)
    }
    do throws(DatasetError) { try dataset.checkDirections() } catch { throw .dataset(name: dataset.name, error) }
    self.dataset = dataset
    self.k = k
    self.threads = threads
  }

  /// Searches, then checks a sample of the queries.
  ///
  /// - Parameter progress: is called from several threads at once.
  /// - Throws: `BenchError.groundTruthDiffers` when a sampled query's answer differs from that in Float64 by more than
  ///   rounding to Float32 explains.
  /// - Complexity: O(q·n·d).
  public func run(progress: @Sendable (Step) -> Void = { _ in }) throws(BenchError) -> Result {
    progress(.indexing(rows: dataset.train.rows))
    let answers: NeighborBatch
    let start: UInt64
    do throws(IndexError) {
      let index = try FlatIndex(
        dimension: dataset.train.columns, metric: dataset.metric,
        parameters: Parameters(declared: FlatIndex.declaration.build, kind: FlatIndex.declaration.kind), seed: 0)
      try index.insertBatch(
        ids: Array(0..<UInt64(dataset.train.rows)), vectors: dataset.train, metadata: [], onConflict: .fail,
        threads: threads)
      start = monotonicNanoseconds()
      answers = try search(index, progress)
    } catch {
      throw .index(label: FlatIndex.declaration.kind, error)
    }
    let seconds = Double(monotonicNanoseconds() - start) / 1e9
    let truth = GroundTruth(answers)
    var random = SeededGenerator(seed: 0)
    var sample = random.sample(min(sampleSize, dataset.test.rows), below: dataset.test.rows)
    // Distances that overflow Float32 cannot be ordered, so these queries are checked, too.
    sample += truth.distances.indices.lazy
      .filter { truth.neighbors[$0] >= 0 && !truth.distances[$0].isFinite }.prefix(sampleSize).map { $0 / k }
    progress(.checking(queries: sample.count))
    let check = NeighborCheck(dataset, truth: truth, standard: .exact)
    if let (query, fault) = check.firstFault(among: sample, threads: threads) {
      throw .groundTruthDiffers(name: dataset.name, query: query, problem: "\(fault)")
    }
    return Result(groundTruth: truth, searchSeconds: seconds, checkedQueries: sample.count)
  }

  private func search(_ index: FlatIndex, _ progress: @Sendable (Step) -> Void) throws(IndexError) -> NeighborBatch {
    let queries = dataset.test
    let parameters = SearchParameters(
      try Parameters(declared: FlatIndex.declaration.search, kind: FlatIndex.declaration.kind),
      metric: dataset.metric)
    // A small number of queries is split, so that every thread has some.
    let blockSize = min(Self.blockSize, (queries.rows + threads - 1) / threads)
    let blockCount = (queries.rows + blockSize - 1) / blockSize
    let answered = Atomic<Int>(0)
    let start = monotonicNanoseconds()
    var blocks = [Swift.Result<NeighborBatch, IndexError>](
      repeating: .success(NeighborBatch(k: k, reserving: 0)), count: blockCount)
    blocks.withUnsafeMutableBufferPointer { blocks in
      let blocks = Disjoint(blocks)
      parallelChunks(of: queries.rows, chunk: blockSize, threads: threads) { number, rows in
        blocks[number] = .init { () throws(IndexError) in
          var answers = NeighborBatch(k: k, reserving: rows.count)
          try index.searchBatch(
            queries[rows: rows], k: k, parameters: parameters, filter: nil, scratch: index.makeScratch(),
            into: &answers)
          return answers
        }
        let total = answered.add(rows.count, ordering: .relaxed).newValue
        let seconds = Double(monotonicNanoseconds() - start) / 1e9
        progress(.searching(answered: total, queries: queries.rows, seconds: seconds))
      }
    }
    var answers = NeighborBatch(k: k, reserving: queries.rows)
    for block in blocks { answers.append(try block.get()) }
    return answers
  }
}

extension GroundTruth {
  /// The answers in the form of a dataset: −1 in the places after the last neighbour found.
  init(_ answers: NeighborBatch) {
    var neighbors = [Int64](repeating: -1, count: answers.queries * answers.k)
    for (query, count) in answers.counts.enumerated() {
      let places = query * answers.k..<query * answers.k + count
      for place in places { neighbors[place] = Int64(answers.ids[place]) }
      // The index orders by squares, of which different ones may have the same root.
      var first = places.lowerBound
      while first < places.upperBound {
        let end = places[first...].first { answers.distances[$0] != answers.distances[first] } ?? places.upperBound
        if end - first > 1 { neighbors[first..<end].sort() }
        first = end
      }
    }
    self.init(depth: answers.k, neighbors: neighbors, distances: answers.distances)
  }
}
