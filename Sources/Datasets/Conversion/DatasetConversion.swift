import VectorCore

/// Brings a dataset, or a single table, into another format, a block of rows at a time.
///
/// The target's name says what is written: `.hdf5` or `.h5` the layout of ann-benchmarks, with components as Float32;
/// `.yml` a dataset file and beside it the tables that it names; the ending of a table that table. Elements keep
/// their value or the conversion is refused.
public struct DatasetConversion: Sendable {
  /// Is told of every block: what was written of it, how many rows so far, and how many there are.
  public typealias Progress = (_ part: String, _ rows: Int, _ total: Int) -> Void

  private enum Plan {
    case table(TableFileWriter)
    case hdf5(StoredDataset)
    case files(StoredDataset, [TablePlace])
  }

  /// A table that goes beside a dataset file.
  private struct TablePlace {
    let part: String
    let format: any TableFormat
    let type: ElementType
    let path: String

    /// The file's name alone: the dataset file is in the same folder.
    var name: String { String(path.split(separator: "/").last ?? "") }
  }

  /// The files that are written, the one asked for last.
  public let targets: [String]
  /// What the source has and no target takes; nil for nothing.
  public let omission: String?
  private let plan: Plan

  /// Opens the source and decides what is to be written; nothing is written yet.
  ///
  /// - Parameters:
  ///   - path: what `Dataset.load` takes, with or without ground truth, or a single table.
  ///   - name: nil for the file's name without its ending.
  ///   - metric: of a file that does not say.
  ///   - family: of the tables beside a `.yml`.
  /// - Throws: `DatasetError.tableAndDataset`, `unknownTarget`, and what is wrong with the source.
  public init(
    from path: String, name: String? = nil, metric: Metric? = nil, to target: String, family: TableFamily = .bin
  ) throws(DatasetError) {
    let isTable = TableFile.isOne(path)
    if let format = TableFormats.format(ofFile: target) {
      guard isTable else { throw .tableAndDataset(from: path, to: target) }
      let tables = try TableFile.open(path, part: "table")
      plan = .table(Self.writer(of: tables, format: format))
      targets = [target]
      omission = try Self.omission((tables.table as? ArrowTable)?.metadata.orNil)
    } else {
      let isDatasetFile = DatasetFile.isOne(target)
      guard isDatasetFile || AnnBenchmarksReader.reads(target) else { throw .unknownTarget(path: target) }
      guard !isTable else { throw .tableAndDataset(from: path, to: target) }
      let dataset = try StoredDataset.open(path: path, name: name, metric: metric, truth: .optional)
      let places = isDatasetFile ? Self.places(of: dataset, family, beside: target) : []
      plan = isDatasetFile ? .files(dataset, places) : .hdf5(dataset)
      targets = places.map(\.path) + [target]
      omission = try Self.omission(dataset.metadata)
    }
  }

  /// Writes the files, all of them whole or none.
  ///
  /// - Parameter gzip: zlib's level for `.hdf5`; nil leaves the numbers as they are.
  /// - Throws: `DatasetError.inexact`, `output`, `tooManyRows`, and what is wrong with the source.
  /// - Complexity: O((n + q)·d + q·depth·d), in memory for a block; where neighbours come without distances, also for
  ///   queries, ids and distances.
  public func run(gzip: Int? = nil, progress: Progress = { _, _, _ in }) throws(DatasetError) {
    try WholeFiles.write(to: targets) { (drafts) throws(DatasetError) in
      switch plan {
      case .table(let writer): try writer.write(drafts[0], progress: progress)
      case .hdf5(let dataset): try AnnBenchmarksWriter(dataset, gzip: gzip).write(drafts[0], progress: progress)
      case .files(let dataset, let places): try write(dataset, places, to: drafts, progress: progress)
      }
    }
  }

  /// What copies a table to another format; its elements keep their type where that format has a choice.
  private static func writer(of tables: TableFile.Tables, format: any TableFormat) -> TableFileWriter {
    let own = tables.table.elementType
    let type = format.elementType ?? (format.holds(own) ? own : .float32)
    var parts: [TableFileWriter.Part] = [(tables.table, type)]
    // Other formats have no place for distances: they get the ids.
    if let distances = tables.second, format.hasDistances { parts.append((distances, .float32)) }
    return TableFileWriter(parts, format: format)
  }

  /// One line about metadata, which no target takes.
  private static func omission(_ metadata: (any MetadataSource)?) throws(DatasetError) -> String? {
    guard let metadata else { return nil }
    let columns = try DatasetMetadata(metadata).summary()
    return
      "metadata of the rows (\(columns)) are not written, there is no place for them; they stay in \(metadata.path)"
  }

  /// Where the tables of a dataset go: `train`, `test`, and `neighbors` and `learn` where there are any.
  private static func places(of dataset: StoredDataset, _ family: TableFamily, beside target: String) -> [TablePlace] {
    let stem = target[..<(target.lastIndex(of: ".") ?? target.endIndex)]
    let tables: [(String, ElementType)] =
      [("train", dataset.train.elementType), ("test", dataset.test.elementType)]
      + (dataset.truth == nil ? [] : [("neighbors", .int32)])
      + (dataset.learn.map { [("learn", $0.elementType)] } ?? [])
    return tables.map { part, type in
      let (format, written) = family.format(for: type)
      return TablePlace(part: part, format: format, type: written, path: "\(stem).\(part).\(format.ending)")
    }
  }

  private func write(
    _ dataset: StoredDataset, _ places: [TablePlace], to drafts: [String], progress: Progress
  ) throws(DatasetError) {
    for (place, draft) in zip(places, drafts) {
      var parts: [TableFileWriter.Part]
      switch place.part {
      case "train": parts = [(dataset.train, place.type)]
      case "test": parts = [(dataset.test, place.type)]
      case "learn": parts = dataset.learn.map { [($0, place.type)] } ?? []
      default:
        guard let truth = dataset.truth else { continue }
        parts = [(truth.neighbors, place.type)]
        if place.format.hasDistances { parts.append((try dataset.ownDistances(of: truth), .float32)) }
      }
      try TableFileWriter(parts, format: place.format).write(draft, progress: progress)
    }
    let text = DatasetFile.text(
      metric: dataset.metric, files: Dictionary(uniqueKeysWithValues: places.map { ($0.part, $0.name) }))
    try WholeFiles.fill(drafts[drafts.count - 1]) { (append) throws(DatasetError) in try append(Array(text.utf8)) }
  }
}
