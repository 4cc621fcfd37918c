import VectorCore

/// A dataset as it lies in files: its parts have shapes that fit together, their numbers are not read yet.
struct StoredDataset: Sendable {
  /// Whether the ground truth is opened too.
  enum TruthPolicy {
    case ignored
    /// There may be none.
    case optional
  }

  let name: String
  let path: String
  let metric: Metric
  /// n × d.
  let train: any StoredTable
  /// q × d.
  let test: any StoredTable
  /// nil where the files state none.
  let truth: StoredTruth?
  /// m × d; nil where there is none.
  let learn: (any StoredTable)?
  /// n rows; nil where there are none.
  let metadata: (any MetadataSource)?
  /// One a query; nil where there are none.
  let conditions: QueryConditions?

  /// Opens what `Dataset.load` takes.
  ///
  /// - Parameters:
  ///   - name: nil for the file's name without its ending.
  ///   - metric: for a file that does not say.
  static func open(
    path: String, name: String?, metric: Metric?, truth: TruthPolicy
  ) throws(DatasetError) -> StoredDataset {
    let name = name ?? stem(of: path)
    if DatasetFile.isOne(path) { return try DatasetFile(path: path).open(name: name, metric: metric, truth: truth) }
    if TableFile.isOne(path) { return try DatasetFile(table: path).open(name: name, metric: metric, truth: truth) }
    if NPZReader.reads(path) { return try NPZReader(path).open(name: name, metric: metric, truth: truth) }
    if let folder = DatasetFolder(path) { return try folder.open(name: name, metric: metric, truth: truth) }
    return try AnnBenchmarksReader(path: path).open(name: name, metric: metric, truth: truth)
  }

  /// The files that a dataset is read from.
  ///
  /// - Throws: `DatasetError` for a `.yml` that is none.
  static func files(of path: String) throws(DatasetError) -> [String] {
    if DatasetFile.isOne(path) { return [path] + (try DatasetFile(path: path).files) }
    return DatasetFolder(path)?.files ?? TableFile.files(of: path)
  }

  /// - Throws: `DatasetError.widthMismatch`, `rowCountMismatch`, `depthMismatch`, `metadataMismatch`.
  init(
    name: String, path: String, metric: Metric, train: any StoredTable, test: any StoredTable, truth: StoredTruth?,
    learn: (any StoredTable)? = nil, metadata: (any MetadataSource)? = nil,
    conditions: QueryConditions? = nil
  ) throws(DatasetError) {
    for other in [test, learn].compactMap({ $0 }) where train.columns != other.columns {
      throw .widthMismatch(path: path, train: train.columns, part: other.part, columns: other.columns)
    }
    if let metadata, metadata.rows != train.rows {
      throw .metadataMismatch(path: metadata.path, rows: metadata.rows, train: train.rows)
    }
    if let truth {
      for table in [truth.neighbors, truth.distances].compactMap({ $0 }) where table.rows != test.rows {
        throw .rowCountMismatch(path: path, part: table.part, rows: table.rows, queries: test.rows)
      }
      if let distances = truth.distances, distances.columns != truth.neighbors.columns {
        throw .depthMismatch(path: path, neighbors: truth.neighbors.columns, distances: distances.columns)
      }
    }
    self.name = name
    self.path = path
    self.metric = metric
    self.train = train
    self.test = test
    self.truth = truth
    self.learn = learn
    self.metadata = metadata
    self.conditions = conditions
  }

  /// The file's name without its ending.
  static func stem(of path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return String(name) }
    return String(name[..<dot])
  }
}

/// The true neighbours of a dataset's queries as they lie in files.
struct StoredTruth: Sendable {
  /// Row numbers in `train`, q × depth; −1 for none.
  let neighbors: any StoredTable
  /// q × depth; nil where the files state none.
  let distances: (any StoredTable)?
  /// Whether the stated distances are defined as the harness defines them.
  ///
  /// Files of ann-benchmarks promise that. Those of the billion-scale benchmarks hold what their authors' tool
  /// computed, squares or similarities as well: there the ids are what counts.
  let statesOwnDistances: Bool

  init(neighbors: any StoredTable, distances: (any StoredTable)?, statesOwnDistances: Bool) {
    self.neighbors = neighbors
    self.distances = distances
    self.statesOwnDistances = statesOwnDistances
  }

  /// Opens a table of ids, behind which there may be distances.
  init(path: String) throws(DatasetError) {
    let (ids, distances) = try TableFile.open(path, part: "neighbors")
    self.init(neighbors: ids, distances: distances, statesOwnDistances: false)
  }

  /// Reads the ids of the first queries, and their distances where they can be used as they are.
  func read(queries limit: Int) throws(DatasetError) -> (ids: [Int64], distances: [Float]?) {
    let ids = try neighbors.integers(rows: limit)
    return (ids, statesOwnDistances ? try distances?.floats(rows: limit) : nil)
  }
}
