import Datasets
import Files

/// `recallbench datasets show`: describes one dataset, from its file when that is present, else from the catalog.
enum DatasetsShowCommand: Command {
  static let description = CommandDescription(
    "datasets show", "show the shape and the metric of a dataset, and check that its file can be read",
    arguments: [DatasetSource.argument], options: [DatasetSource.folderOption],
    examples: ["datasets show photo-sift-20k-128-euclidean", "datasets show mine.hdf5"])

  static func run(_ arguments: Arguments) throws {
    let name = arguments.positionals[0]
    let source = DatasetSource(arguments)
    if let catalog = try? source.catalog(), let entry = try? catalog.entry(named: name), !catalog.isPresent(entry) {
      try Console.print(text(entry))
    } else {
      let dataset: Dataset
      do { dataset = try source.load(name) } catch DatasetError.noGroundTruth {
        dataset = try source.loadVectors(name)
      }
      try Console.print(try text(dataset))
    }
  }

  /// The catalog's description of a dataset whose file is missing.
  private static func text(_ entry: CatalogEntry) -> String {
    func known(_ number: Int?) -> String { number.map { "\($0)" } ?? "unknown" }
    return lines([
      ("name", entry.name),
      ("what", entry.summary),
      ("metric", entry.distance + (entry.metric == nil ? " (not supported)" : "")),
      ("train", "\(known(entry.trainSize)) × \(known(entry.dimension))"),
      ("test", "\(known(entry.testSize)) × \(known(entry.dimension))"),
      ("neighbors", "\(known(entry.neighbors)) a query"),
      ("address", entry.url?.absoluteString ?? "none"),
      ("file", "to fetch: \(ProgramName.current) datasets fetch \(entry.fullName)"),
    ])
  }

  /// What a file that was read and checked holds.
  private static func text(_ dataset: Dataset) throws(DatasetError) -> String {
    let depth = dataset.groundTruth.depth
    let profile = depth > 0 ? DatasetProfile(dataset) : nil
    func text(_ quartiles: Quartiles?) -> String { quartiles.map(DatasetProfile.text) ?? "unknown" }
    var known = [
      ("name", dataset.name),
      ("metric", dataset.metric.rawValue),
      ("train", "\(dataset.train.rows) × \(dataset.train.columns)"),
      ("test", "\(dataset.test.rows) × \(dataset.test.columns)"),
      ("neighbors", depth > 0 ? "\(depth) a query" : "none; a run computes them"),
    ]
    if let learn = dataset.learn { known.append(("learn", "\(learn.rows) × \(learn.columns)")) }
    if let metadata = dataset.metadata { known.append(("metadata", try metadata.summary())) }
    if let profile {
      known += [
        ("contrast", "\(text(profile.contrast)): mean distance ÷ nearest, median (quartiles) of the queries"),
        ("dimensionality", "\(text(profile.dimensionality)): local intrinsic dimensionality, likewise"),
      ]
    }
    known.append(("file", "\(dataset.path), read and checked"))
    return lines(known + (profile?.warnings ?? []).map { ("warning", $0) })
  }

  private static func lines(_ rows: [(String, String)]) -> String { TextLayout.columns(rows) + "\n" }
}
