import HDF5
import VectorCore

extension Dataset {
  /// Writes the dataset as a file in the layout of ann-benchmarks, beside its place and then renamed into it.
  ///
  /// `train` and `test` are float32, or booleans (`point_type` "bit") where a hamming dataset holds only 0 and 1;
  /// `learn` is the same, where there is one. `neighbors` are int32, −1 where there is none; `distances` float32.
  ///
  /// - Throws: `DatasetError.output`, `.file`; an older file is then as it was.
  /// - Complexity: O((n + q)·d + q·depth).
  public func write(to target: String) throws(DatasetError) {
    let areBits = metric == .hamming && train.isBinary && test.isBinary
    let truth = groundTruth.depth == 0 ? nil : StoredTruth(groundTruth, path: path)
    let stored = try StoredDataset(
      name: name, path: path, metric: metric,
      train: MemoryTable(train, path: path, part: "train", asBits: areBits),
      test: MemoryTable(test, path: path, part: "test", asBits: areBits), truth: truth, learn: learn?.table)
    try WholeFiles.write(to: [target]) { (drafts) throws(DatasetError) in
      try AnnBenchmarksWriter(stored).write(drafts[0])
    }
  }
}

extension StoredTruth {
  /// The true neighbours of a dataset in memory, with distances by the dataset's own metric.
  ///
  /// - Parameter path: the file, for errors.
  init(_ truth: GroundTruth, path: String) {
    self.init(
      neighbors: MemoryTable(truth.neighbors, columns: truth.depth, of: .int64, path: path, part: "neighbors"),
      distances: MemoryTable(truth.distances, columns: truth.depth, of: .float32, path: path, part: "distances"),
      statesOwnDistances: true)
  }
}

extension Matrix {
  /// Whether every component is 0 or 1.
  fileprivate var isBinary: Bool {
    UnsafeBufferPointer(start: baseAddress, count: rows * columns).allSatisfy { $0 == 0 || $0 == 1 }
  }
}

/// Writes the HDF5 layout of ann-benchmarks, a block of rows at a time.
///
/// Source: `write_output` in `ann_benchmarks/datasets.py`, https://github.com/erikbern/ann-benchmarks.
struct AnnBenchmarksWriter {
  /// Bytes of a chunk at most: below HDF5's chunk cache of 1 MiB, in which a chunk waits for the next block's rows.
  private static let chunkSize = 1 << 19

  private let dataset: StoredDataset
  /// zlib's level; nil for plain, contiguous data.
  private let gzip: Int?

  init(_ dataset: StoredDataset, gzip: Int? = nil) {
    self.dataset = dataset
    self.gzip = gzip
  }

  /// Writes the file; whatever is at the path is replaced.
  ///
  /// - Throws: `DatasetError.inexact` for components that Float32 does not hold, `tooManyRows`, `file`, and what is
  ///   wrong with the source.
  func write(_ path: String, progress: DatasetConversion.Progress = { _, _, _ in }) throws(DatasetError) {
    let (train, test) = (dataset.train, dataset.test)
    try train.checkNumbering()
    let areBits = [train, test, dataset.learn].compactMap { $0 }.allSatisfy { $0.elementType == .bool }
    let file = try withHDF5Errors { () throws(HDF5Error) in try HDF5File.create(path) }
    try write(train, "train", as: areBits ? .bool : .float32, to: file, progress)
    try write(test, "test", as: areBits ? .bool : .float32, to: file, progress)
    if let learn = dataset.learn { try write(learn, "learn", as: areBits ? .bool : .float32, to: file, progress) }
    if let truth = dataset.truth {
      try write(truth.neighbors, "neighbors", as: .int32, to: file, progress)
      try write(try dataset.ownDistances(of: truth), "distances", as: .float32, to: file, progress)
    }
    try withHDF5Errors { () throws(HDF5Error) in
      try file.setAttribute("type", .string("dense"))
      try file.setAttribute("distance", .string(dataset.metric.rawValue))
      try file.setAttribute("dimension", .integer(Int64(train.columns)))
      try file.setAttribute("point_type", .string(areBits ? "bit" : "float"))
      try file.close()
    }
  }

  private func write(
    _ table: any StoredTable, _ name: String, as type: ElementType, to file: HDF5File,
    _ progress: DatasetConversion.Progress
  ) throws(DatasetError) {
    let chunkRows = min(max(Self.chunkSize / (table.columns * type.byteCount), 1), table.rows)
    let layout = gzip.map { HDF5Layout.chunked(shape: [chunkRows, table.columns], gzip: $0) } ?? .contiguous
    let target = try withHDF5Errors { () throws(HDF5Error) in
      try file.makeDataset(name, shape: [table.rows, table.columns], of: type, layout: layout)
    }
    try table.forEachBlock(as: type) { (range, bytes) throws(DatasetError) in
      try withHDF5Errors { () throws(HDF5Error) in
        try bytes.withUnsafeBufferPointer { (bytes) throws(HDF5Error) in
          try target.write(UnsafeRawBufferPointer(bytes), firstRow: range.lowerBound)
        }
      }
      progress(name, range.upperBound, table.rows)
    }
  }
}
