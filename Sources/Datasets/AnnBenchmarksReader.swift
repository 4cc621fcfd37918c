import HDF5
import VectorCore

/// Opens the HDF5 layout of ann-benchmarks, new files and those from before it wrote attributes, and that of VIBE.
///
/// Sources: `ann_benchmarks/datasets.py`, https://github.com/erikbern/ann-benchmarks; `write_output` in `vibe/datasets.py`,
/// https://github.com/vector-index-bench/vibe.
struct AnnBenchmarksReader {
  let path: String
  let file: HDF5File

  /// Whether a path is that of such a file, by its ending.
  static func reads(_ path: String) -> Bool { [".hdf5", ".h5"].contains(where: path.lowercased().hasSuffix) }

  init(path: String) throws(DatasetError) {
    self.path = path
    file = try withHDF5Errors { () throws(HDF5Error) in try HDF5File.open(path) }
  }

  /// Opens what the file has.
  ///
  /// - Parameter fallback: the metric of a file that does not say.
  func open(
    name: String, metric fallback: Metric?, truth policy: StoredDataset.TruthPolicy
  ) throws(DatasetError) -> StoredDataset {
    let metric = try metric(name: name, fallback: fallback)
    let (train, test) = try vectorTables(metric)
    return try StoredDataset(
      name: name, path: path, metric: metric, train: train, test: test,
      truth: policy == .ignored ? nil : try truth(dimension: train.columns),
      learn: try contains("learn") ? try HDF5Table("learn", of: file) : nil)
  }

  /// `train` and `test`, with their bits as components where eight are packed to a byte.
  private func vectorTables(_ metric: Metric) throws(DatasetError) -> (train: HDF5Table, test: HDF5Table) {
    let (train, test) = (try HDF5Table("train", of: file), try HDF5Table("test", of: file))
    guard train.columns == test.columns else {
      throw .widthMismatch(path: path, train: train.columns, part: test.part, columns: test.columns)
    }
    let columns = train.columns
    guard let dimension = try attribute("dimension")?.integer, dimension != columns else { return (train, test) }
    // numpy.packbits fills the last byte up with zeros.
    let areBytes = train.elementType == .uint8 && test.elementType == .uint8
    guard metric == .hamming, areBytes, dimension > 0, (dimension - 1) / 8 + 1 == columns else {
      throw .dimensionMismatch(path: path, attribute: dimension, columns: columns)
    }
    return (train.unpacked(columns: dimension), test.unpacked(columns: dimension))
  }

  /// - Parameter dimension: the components of a vector.
  private func truth(dimension: Int) throws(DatasetError) -> StoredTruth? {
    guard try contains("neighbors") else { return nil }
    var distances: (any StoredTable)?
    if try contains("distances") {
      let stated = try HDF5Table("distances", of: file)
      // VIBE counts the bits that differ, ann-benchmarks states their share.
      let areCounts = try attribute("point_type")?.string == "binary"
      distances = areCounts ? MemoryTable(stated, dividedBy: Float(dimension)) : stated
    }
    return StoredTruth(neighbors: try HDF5Table("neighbors", of: file), distances: distances, statesOwnDistances: true)
  }

  /// The metric the file states, else the caller's, else the one in its name; refuses sets of integers.
  private func metric(name: String, fallback: Metric?) throws(DatasetError) -> Metric {
    let stated = try attribute("distance")?.string
    let isSparse = try attribute("type")?.string == "sparse" ? true : try contains("size_train")
    let suffix = MetricSpelling.suffix(ofName: name)
    guard !isSparse, (stated ?? String(suffix)).lowercased() != "jaccard" else { throw .sparse(path: path) }
    if let stated {
      guard let metric = MetricSpelling.metric(stated) else { throw .unsupportedMetric(path: path, distance: stated) }
      return metric
    }
    guard let metric = fallback ?? MetricSpelling.metric(suffix) else { throw .unknownMetric(path: path) }
    return metric
  }

  private func contains(_ name: String) throws(DatasetError) -> Bool {
    try withHDF5Errors { () throws(HDF5Error) in try file.contains(name) }
  }

  private func attribute(_ name: String) throws(DatasetError) -> HDF5Attribute? {
    try withHDF5Errors { () throws(HDF5Error) in try file.attribute(name) }
  }
}
