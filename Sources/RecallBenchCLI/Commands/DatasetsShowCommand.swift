import Datasets

/// `recallbench datasets show`: what is known of one dataset, from its file where it is here.
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
      try Console.print(text(try source.load(name)))
    }
  }

  /// What the catalog says of a dataset that is not here.
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
      ("file", "to fetch: recallbench datasets fetch \(entry.name)"),
    ])
  }

  /// What a file that was read and checked holds.
  private static func text(_ dataset: Dataset) -> String {
    let profile = DatasetProfile(dataset)
    func text(_ quartiles: Quartiles?) -> String { quartiles.map(DatasetProfile.text) ?? "unknown" }
    let known = [
      ("name", dataset.name),
      ("metric", dataset.metric.rawValue),
      ("train", "\(dataset.train.rows) × \(dataset.train.columns)"),
      ("test", "\(dataset.test.rows) × \(dataset.test.columns)"),
      ("neighbors", "\(dataset.groundTruth.depth) a query"),
      ("contrast", "\(text(profile.contrast)): mean distance ÷ nearest, median (quartiles) of the queries"),
      ("dimensionality", "\(text(profile.dimensionality)): local and intrinsic, the same"),
      ("file", "\(dataset.path), read and checked"),
    ]
    return lines(known + profile.warnings.map { ("warning", $0) })
  }

  private static func lines(_ rows: [(String, String)]) -> String { TextLayout.columns(rows) + "\n" }
}
