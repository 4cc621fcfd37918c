import Foundation
import VectorCore

/// A dataset whose rows are read in ranges, for more rows than fit into memory.
public struct VectorStream: Sendable {
  private let stored: StoredDataset
  /// The number of rows to use.
  public let rows: Int
  public let metric: Metric
  /// The queries, q × d.
  public let queries: Matrix

  public var name: String { stored.name }
  public var dimension: Int { stored.train.columns }

  /// Opens a dataset and reads its queries.
  ///
  /// - Parameters:
  ///   - path: what `Dataset.load` takes, with or without true neighbours.
  ///   - name: what to call it; the file's name without its ending by default.
  ///   - metric: the metric, instead of that of the file; `nil` for that of the file.
  ///   - other: the metric of a file that states none.
  ///   - rows: use no more than that many rows, the first ones.
  ///   - queries: the same for queries.
  /// - Throws: `DatasetError`.
  public init(
    path: String, name: String? = nil, metric: Metric? = nil, else other: Metric? = nil, rows: Int = .max,
    queries: Int = .max
  ) throws(DatasetError) {
    stored = try StoredDataset.open(path: path, name: name, metric: other ?? metric, truth: .ignored)
    self.metric = metric ?? stored.metric
    self.rows = min(rows, stored.train.rows)
    self.queries = try stored.test.matrix(rows: queries)
  }

  /// Reads a range of rows.
  ///
  /// - Throws: `DatasetError.notFinite` for NaN and infinities, and what is wrong with the file.
  /// - Complexity: O(range · d), and twice the memory of the range.
  public func block(_ range: Range<Int>) throws(DatasetError) -> Matrix {
    let (train, columns) = (stored.train, stored.train.columns)
    let floats = train.elementType.floats(try train.bytes(rows: range))
    if let place = floats.span.firstNotFinite {
      throw .notFinite(
        path: train.path, part: train.part, row: range.lowerBound + place / columns, column: place % columns)
    }
    return Matrix(rows: range.count, columns: columns) { target in _ = target.initialize(from: floats) }
  }
}

extension VectorStream {
  /// Writes a dataset file in the layout of ann-benchmarks: these rows and queries, and the true neighbours.
  ///
  /// - Throws: `DatasetError`; an older file is then as it was.
  /// - Complexity: O((rows + q)·d + q·depth), in memory for a block.
  public func write(_ truth: GroundTruth, to target: String) throws(DatasetError) {
    let path = stored.path
    let dataset = try StoredDataset(
      name: name, path: path, metric: metric, train: FirstRows(stored.train, rows),
      test: FirstRows(stored.test, queries.rows), truth: StoredTruth(truth, path: path), learn: stored.learn)
    try WholeFiles.write(to: [target]) { (drafts) throws(DatasetError) in
      try AnnBenchmarksWriter(dataset).write(drafts[0])
    }
  }
}

/// The first rows of a table.
private struct FirstRows: StoredTable {
  private let base: any StoredTable
  let rows: Int

  init(_ base: any StoredTable, _ rows: Int) {
    self.base = base
    self.rows = min(rows, base.rows)
  }

  var path: String { base.path }
  var part: String { base.part }
  var columns: Int { base.columns }
  var elementType: ElementType { base.elementType }
  var rowsOfAChunk: Int { get throws(DatasetError) { try base.rowsOfAChunk } }

  func matrix(rows limit: Int) throws(DatasetError) -> Matrix { try base.matrix(rows: min(limit, rows)) }
  func bytes(rows range: Range<Int>) throws(DatasetError) -> [UInt8] { try base.bytes(rows: range) }
  func rowReader() throws(DatasetError) -> (_ row: Int) throws(DatasetError) -> Matrix { try base.rowReader() }
}
