import VectorCore

/// VectorDBBench's folder: `train.parquet`, or `train-00-of-10.parquet` and so on, with columns `id` and `emb`;
/// `test.parquet` the same; `neighbors.parquet` with a list `neighbors_id` for each query; `scalar_labels.parquet`.
///
/// Neighbours are named by their `id`, which need not be the row's number: files `shuffle_train….parquet` are in another
/// order.
///
/// Source: `vectordb_bench/backend/dataset.py` and README, https://github.com/zilliztech/VectorDBBench.
struct VectorDBBenchFolder {
  /// How VectorDBBench measures the datasets of its own, by what the names of their folders begin with.
  private static let metrics: [String: Metric] = [
    "cohere": .angular, "bioasq": .angular, "glove": .angular, "openai": .angular, "laion": .euclidean,
    "gist": .euclidean, "sift": .euclidean,
  ]

  let path: String
  let names: [String]

  static func reads(_ name: String) -> Bool {
    isTrain(name, "train") || isTrain(name, "shuffle_train")
      || ["test.parquet", "neighbors.parquet", "scalar_labels.parquet"].contains(name)
  }

  private static func isTrain(_ name: String, _ prefix: String) -> Bool {
    name == "\(prefix).parquet" || (name.hasPrefix("\(prefix)-") && name.hasSuffix(".parquet"))
  }

  func open(
    name: String, metric fallback: Metric?, truth policy: StoredDataset.TruthPolicy
  ) throws(DatasetError) -> StoredDataset {
    let known = Self.metrics.first { name.lowercased().hasPrefix($0.key + "_") }?.value
    guard let metric = fallback ?? MetricSpelling.metric(ofName: name) ?? known else {
      throw .unknownMetric(path: path)
    }
    let plain = names.filter { Self.isTrain($0, "train") }
    let train = plain.isEmpty ? names.filter { Self.isTrain($0, "shuffle_train") } : plain
    guard !train.isEmpty else { throw .incompleteFolder(path: path, layout: "VectorDBBench", missing: "train.parquet") }
    guard names.contains("test.parquet") else {
      throw .incompleteFolder(path: path, layout: "VectorDBBench", missing: "test.parquet")
    }
    let optional = ["neighbors.parquet", "scalar_labels.parquet"].filter(names.contains)
    let tables = [train, ["test.parquet"]] + optional.map { [$0] }
    let described = try ArrowDescription.read(tables.map { $0.map { "\(path)/\($0)" } })
    func description(_ name: String) -> ArrowDescription? { optional.firstIndex(of: name).map { described[2 + $0] } }
    let vectors = try table(described[0], "emb", part: "train", files: train)
    let rowNumbers = RowNumbers(vectors.metadata)
    var truth: StoredTruth?
    if policy == .optional, let neighbors = description("neighbors.parquet") {
      let ids = try table(neighbors, "neighbors_id", part: "neighbors", files: ["neighbors.parquet"])
      truth = StoredTruth(neighbors: rowNumbers.named(by: ids), distances: nil, statesOwnDistances: false)
    }
    let labels = description("scalar_labels.parquet").map { ArrowMetadata($0, except: nil) }
    let metadata = LabelledRows(rows: vectors.metadata, labels: labels, numbers: rowNumbers)
    return try StoredDataset(
      name: name, path: path, metric: metric, train: vectors,
      test: try table(described[1], "emb", part: "test", files: ["test.parquet"]), truth: truth,
      metadata: metadata.columns().isEmpty ? nil : metadata)
  }

  /// The column of that name, or the only one of lists.
  private func table(
    _ description: ArrowDescription, _ column: String, part: String, files: [String]
  ) throws(DatasetError) -> ArrowTable {
    let isThere = description.columns.contains { $0.name == column }
    return try ArrowTable(description, column: isThere ? column : nil, path: "\(path)/\(files[0])", part: part)
  }
}

/// The columns of `train`, and those that `scalar_labels.parquet` states for the same ids.
private struct LabelledRows: MetadataSource {
  private let own: ArrowMetadata
  private let labels: ArrowMetadata?
  private let numbers: RowNumbers

  init(rows: ArrowMetadata, labels: ArrowMetadata?, numbers: RowNumbers) {
    own = rows
    self.labels = labels
    self.numbers = numbers
  }

  var rows: Int { own.rows }
  var path: String { own.path }

  func columns() -> [DatasetMetadata.Column] {
    let own = own.columns()
    let names = Set(own.map(\.name))
    return own + (labels?.columns() ?? []).filter { !names.contains($0.name) }
  }

  func values(of column: DatasetMetadata.Column) throws(DatasetError) -> DatasetMetadata.Values {
    guard let labels, !own.columns().contains(column) else { return try own.values(of: column) }
    let values = try labels.values(of: column)
    guard let id = labels.columns().first(where: { $0.name == RowNumbers.column }),
      case .integers(let ids) = try labels.values(of: id)
    else {
      guard labels.rows == rows else { throw .metadataMismatch(path: labels.path, rows: labels.rows, train: rows) }
      return values
    }
    let places = try numbers.rows(of: ids.map { $0 ?? -1 }, path: labels.path)
    return values.moved(to: places, of: rows)
  }
}

extension DatasetMetadata.Values {
  /// Value i at place `places[i]`, if that is a row, and none at the other rows.
  fileprivate func moved(to places: [Int], of rows: Int) -> DatasetMetadata.Values {
    func moved<Value>(_ values: [Value?]) -> [Value?] {
      var moved = [Value?](repeating: nil, count: rows)
      for (place, value) in zip(places, values) where moved.indices.contains(place) { moved[place] = value }
      return moved
    }
    switch self {
    case .integers(let values): return .integers(moved(values))
    case .floats(let values): return .floats(moved(values))
    case .strings(let values): return .strings(moved(values))
    case .tags(let sets):
      let lists = moved((0..<sets.rows).map { Array(sets[$0]) })
      var starts = [0]
      for list in lists { starts.append(starts[starts.count - 1] + (list?.count ?? 0)) }
      return .tags(
        TagSets(starts: starts, tags: lists.flatMap { $0 ?? [] }, tagCount: sets.tagCount, names: sets.names))
    }
  }
}
