import Datasets
import Foundation
import HDF5
import VectorCore

/// The search for true neighbours among a range of a dataset's rows, of which one block at a time is in memory.
public struct TruthShard: Codable, Sendable, Equatable {
  /// The path of the dataset.
  public var path: String
  /// What the dataset is called; `nil` for the name of its file.
  public var name: String?
  /// The metric, instead of that of the file.
  public var metric: Metric?
  /// The metric of a file that states none.
  public var metricElse: Metric?
  /// The number of neighbours of each query.
  public var k: Int
  /// The number of the first queries to use; `nil` for all.
  public var queries: Int?
  /// The rows, counted from 0.
  public var rows: Range<Int>
  /// The number of rows of a block.
  public var blockRows: Int

  public init(
    path: String, name: String? = nil, metric: Metric? = nil, metricElse: Metric? = nil, k: Int, queries: Int? = nil,
    rows: Range<Int>, blockRows: Int = TruthShard.defaultBlockRows
  ) {
    self.path = path
    self.name = name
    self.metric = metric
    self.metricElse = metricElse
    self.k = k
    self.queries = queries
    self.rows = rows
    self.blockRows = blockRows
  }

  /// Half a gibibyte of vectors of 128 components.
  public static let defaultBlockRows = 1 << 20

  /// Opens the dataset.
  ///
  /// - Parameter limit: use no more than that many rows, the first ones.
  public func open(limit: Int = .max) throws(DatasetError) -> VectorStream {
    try VectorStream(path: path, name: name, metric: metric, else: metricElse, rows: limit, queries: queries ?? .max)
  }

  /// Searches block after block. The distance of each query's last candidate is carried from block to block, and rows
  /// beyond it are dropped.
  ///
  /// - Parameter progress: gets the number of rows that are searched, and how many there are.
  /// - Throws: `TruthError`; a sample of the queries of each block is checked with distances in Float64.
  /// - Complexity: O(q · rows · d), and memory for three copies of a block.
  public func run(
    threads: Int, progress: (_ searched: Int, _ rows: Int) -> Void = { _, _ in }
  ) throws(TruthError) -> TruthCandidates {
    let stream: VectorStream
    do throws(DatasetError) { stream = try open() } catch { throw .dataset(error) }
    guard rows.lowerBound >= 0, rows.upperBound <= stream.rows, !rows.isEmpty else {
      throw .rows(rows, of: path, count: stream.rows)
    }
    let depth = k + TruthCandidates.margin
    var candidates = TruthCandidates(queries: stream.queries.rows, depth: depth)
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: max(blockRows, 1)) {
      let range = first..<min(first + max(blockRows, 1), rows.upperBound)
      let block: Matrix
      do throws(DatasetError) { block = try stream.block(range) } catch { throw .dataset(error) }
      let dataset = Dataset(
        name: stream.name, path: path, metric: stream.metric, train: block, test: stream.queries, groundTruth: .none)
      do throws(BenchError) {
        let found = try GroundTruthSearch(dataset, k: min(depth, block.rows), threads: threads).run().groundTruth
        candidates.add(
          found, in: block, from: first, queries: stream.queries, metric: stream.metric, threads: threads)
      } catch {
        throw .bench(error)
      }
      progress(range.upperBound - rows.lowerBound, rows.count)
    }
    return candidates
  }

  /// Merges files of candidates into the true neighbours.
  ///
  /// - Parameters:
  ///   - queries, rows: the numbers of queries and of rows of the dataset.
  ///   - metric: its metric.
  /// - Throws: `TruthError.candidates`, `.otherCandidates`, and `.otherRows` when the files are not those of all rows,
  ///   each searched once.
  public static func merged(
    _ paths: [String], k: Int, queries: Int, rows: Int, metric: Metric
  ) throws(TruthError) -> GroundTruth {
    var ranges: [(rows: Range<Int>, path: String)] = []
    var all = TruthCandidates(queries: queries, depth: k + TruthCandidates.margin)
    for path in paths {
      let part: TruthCandidates
      do throws(HDF5Error) { part = try TruthCandidates(path: path) } catch { throw .candidates(error) }
      guard part.queries == queries, part.depth > k else {
        throw .otherCandidates(path: path, queries: part.queries, depth: part.depth, expected: queries, k: k)
      }
      guard part.metric == metric else { throw .otherMetric(path: path, part.metric, expected: metric) }
      ranges.append((part.rows, path))
      all.merge(part)
    }
    var next = 0
    for part in ranges.sorted(by: { ($0.rows.lowerBound, $0.path) < ($1.rows.lowerBound, $1.path) }) {
      guard part.rows.lowerBound == next, part.rows.upperBound <= rows else {
        throw .otherRows(path: part.path, part.rows, expected: next, count: rows)
      }
      next = part.rows.upperBound
    }
    guard next == rows else {
      throw .otherRows(path: paths.last ?? "", next..<next, expected: next, count: rows)
    }
    return all.groundTruth(k: k)
  }

  /// Ranges of about equal size that together are all rows.
  public static func ranges(of rows: Int, shards: Int) -> [Range<Int>] {
    let count = min(max(shards, 1), max(rows, 1))
    return (0..<count).map { rows * $0 / count..<rows * ($0 + 1) / count }
  }
}

/// The reason why true neighbours were not found; every description is one line with the remedy.
public enum TruthError: Error, Sendable {
  case dataset(DatasetError)
  case bench(BenchError)
  /// The dataset does not have these rows.
  case rows(Range<Int>, of: String, count: Int)
  /// A file of candidates cannot be read or written.
  case candidates(HDF5Error)
  /// The candidates of a file are not those of this dataset's queries, or too few for k.
  case otherCandidates(path: String, queries: Int, depth: Int, expected: Int, k: Int)
  /// The distances of a file of candidates are those of another metric.
  case otherMetric(path: String, Metric?, expected: Metric)
  /// The files of candidates leave out rows, repeat them, or name rows that the dataset does not have.
  case otherRows(path: String, Range<Int>, expected: Int, count: Int)
}

extension TruthError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .dataset(let error): "\(error)"
    case .bench(let error): "\(error)"
    case .candidates(let error): "\(error)"
    case .otherCandidates(let path, let queries, let depth, let expected, let k):
      "\(path): has \(depth) candidates of \(queries) queries, and not more than \(k) of \(expected); search its rows "
        + "again with the same -k and --queries"
    case .otherMetric(let path, let metric, let expected):
      "\(path): has distances of the metric \(metric?.rawValue ?? "unknown"), and not of \(expected.rawValue); search its "
        + "rows again with the same --metric"
    case .otherRows(let path, let rows, let expected, let count):
      rows.isEmpty
        ? "\(path): is the last file, but rows \(expected)..\(count) are missing; search them with --rows, and merge all"
        : "\(path): has rows \(rows.lowerBound)..\(rows.upperBound) where rows from \(expected) to \(count) are missing; "
          + "give each range of rows once, and search missing ones with --rows"
    case .rows(let rows, let path, let count):
      "\(path): there are no rows \(rows.lowerBound)..\(rows.upperBound) in \(count) rows; name a range within 0..\(count)"
    }
  }
}
