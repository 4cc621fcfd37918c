import HDF5
import Synchronization
import VectorCore

/// Reads the HDF5 layout of ann-benchmarks, new files and those from before it wrote attributes.
///
/// Source: `ann_benchmarks/datasets.py`, https://github.com/erikbern/ann-benchmarks.
struct AnnBenchmarksReader {
  let path: String
  let file: HDF5File

  init(path: String) throws(DatasetError) {
    self.path = path
    file = try Self.file { () throws(HDF5Error) in try HDF5File.open(path) }
  }

  /// Reads what `Dataset.load` promises.
  func read(name: String, metric fallback: Metric?, queries limit: Int) throws(DatasetError) -> Dataset {
    let metric = try metric(name: name, fallback: fallback)
    let (train, test) = try vectorParts()
    let neighbors = try part("neighbors")
    let distances = try part("distances")
    for part in [neighbors, distances] where part.shape[0] != test.shape[0] {
      throw .rowCountMismatch(path: path, part: part.name, rows: part.shape[0], queries: test.shape[0])
    }
    guard neighbors.shape[1] == distances.shape[1] else {
      throw .depthMismatch(path: path, neighbors: neighbors.shape[1], distances: distances.shape[1])
    }
    let packedDimension = try packedDimension(train, test, metric)
    // The small parts first: what is wrong with them is told before gigabytes are read.
    let truth = try groundTruth(neighbors, distances, trainRows: train.shape[0], queries: limit)
    let queries = try vectors(test, packedDimension, rows: limit)
    let rows = try vectors(train, packedDimension, rows: .max)
    return Dataset(name: name, path: path, metric: metric, train: rows, test: queries, groundTruth: truth)
  }

  /// Reads what `Dataset.loadVectors` promises.
  func readVectors(
    name: String, metric fallback: Metric?, trainRows: Int, queries: Int
  ) throws(DatasetError) -> Dataset {
    let metric = try metric(name: name, fallback: fallback)
    let (train, test) = try vectorParts()
    let packedDimension = try packedDimension(train, test, metric)
    return Dataset(
      name: name, path: path, metric: metric, train: try vectors(train, packedDimension, rows: trainRows),
      test: try vectors(test, packedDimension, rows: queries),
      groundTruth: GroundTruth(depth: 0, neighbors: [], distances: []))
  }

  /// `train` and `test`, of the same width.
  private func vectorParts() throws(DatasetError) -> (train: HDF5Dataset, test: HDF5Dataset) {
    let train = try part("train")
    let test = try part("test")
    guard train.shape[1] == test.shape[1] else {
      throw .widthMismatch(path: path, train: train.shape[1], test: test.shape[1])
    }
    return (train, test)
  }

  /// The metric the file states, else the caller's, else the one in its name; refuses sets of integers.
  private func metric(name: String, fallback: Metric?) throws(DatasetError) -> Metric {
    let stated = try attribute("distance")?.string
    let isSparse = try Self.file { () throws(HDF5Error) in
      if try file.attribute("type")?.string == "sparse" { return true }
      return try file.contains("size_train")
    }
    let suffix = MetricSpelling.suffix(ofName: name)
    guard !isSparse, (stated ?? String(suffix)).lowercased() != "jaccard" else { throw .sparse(path: path) }
    if let stated {
      guard let metric = MetricSpelling.metric(stated) else { throw .unsupportedMetric(path: path, distance: stated) }
      return metric
    }
    guard let metric = fallback ?? MetricSpelling.metric(suffix) else { throw .unknownMetric(path: path) }
    return metric
  }

  /// A part with at least one row and column.
  private func part(_ name: String) throws(DatasetError) -> HDF5Dataset {
    let dataset = try Self.file { () throws(HDF5Error) in try file.dataset(name) }
    guard dataset.shape.count == 2 else { throw .wrongRank(path: path, part: name, shape: dataset.shape) }
    guard !dataset.shape.contains(0) else { throw .empty(path: path, part: name) }
    return dataset
  }

  /// The components of a row when eight are packed to a byte, nil when there is one an element.
  private func packedDimension(
    _ train: HDF5Dataset, _ test: HDF5Dataset, _ metric: Metric
  ) throws(DatasetError) -> Int? {
    let columns = train.shape[1]
    guard let dimension = try attribute("dimension")?.integer, dimension != columns else { return nil }
    // numpy.packbits fills the last byte up with zeros.
    let areBytes = train.elementType == .uint8 && test.elementType == .uint8
    guard metric == .hamming, areBytes, dimension > 0, (dimension - 1) / 8 + 1 == columns else {
      throw .dimensionMismatch(path: path, attribute: dimension, columns: columns)
    }
    return dimension
  }

  private func vectors(
    _ dataset: HDF5Dataset, _ packedDimension: Int?, rows: Int
  ) throws(DatasetError) -> Matrix {
    // Integers and booleans have no NaN to look for.
    let isFloat = dataset.elementType.isFloat
    let firstNotFinite = Atomic<Int>(.max)
    let stored = try Self.file { () throws(HDF5Error) in
      try dataset.readMatrix(rows: rows) { floats, first in
        guard isFloat, let place = floats.firstNotFinite else { return }
        firstNotFinite.min(first + place, ordering: .relaxed)
      }
    }
    let place = firstNotFinite.load(ordering: .relaxed)
    guard place == .max else {
      let (row, column) = place.quotientAndRemainder(dividingBy: stored.columns)
      throw .notFinite(path: path, part: dataset.name, row: row, column: column)
    }
    return packedDimension.map { stored.unpackingBits(dimension: $0) } ?? stored
  }

  private func groundTruth(
    _ neighbors: HDF5Dataset, _ distances: HDF5Dataset, trainRows: Int, queries: Int
  ) throws(DatasetError) -> GroundTruth {
    let truth = try Self.file { () throws(HDF5Error) in
      GroundTruth(
        depth: neighbors.shape[1], neighbors: try neighbors.read(rows: queries),
        distances: try distances.read(rows: queries))
    }
    try truth.check(trainRows: trainRows, path: path)
    return truth
  }

  private func attribute(_ name: String) throws(DatasetError) -> HDF5Attribute? {
    try Self.file { () throws(HDF5Error) in try file.attribute(name) }
  }

  /// Runs what touches the file; its errors become this module's.
  private static func file<Result>(_ body: () throws(HDF5Error) -> Result) throws(DatasetError) -> Result {
    do throws(HDF5Error) { return try body() } catch { throw .file(error) }
  }
}
