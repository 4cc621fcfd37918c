import Bench
import Datasets
import VectorCore

/// Finds and loads what `--dataset` names: a file, or a dataset of the catalog.
struct DatasetSource {
  /// How the help of a command describes what it takes.
  static let meaning =
    "a name of the catalog, an HDF5 or .npz file, a folder of Parquet files, or a .yml that names the files of a dataset"

  /// The argument of commands about one dataset.
  static let argument = Argument(.dataset("NAME|FILE"), meaning)

  /// Where the catalog and its files are.
  static let folderOption = Option(
    "--datasets", .folder("DIR"), default: "datasets", variable: variable,
    "the folder where datasets of the catalog are found and fetched to")

  /// The environment variable that names that folder.
  static let variable = "RECALLBENCH_DATASETS"

  /// Where datasets of sweeps are read: in children of the program, once there is one that started with `main`.
  nonisolated(unsafe) static var readingPlace = Supervisor.Place.here

  let folder: String

  /// - Parameter arguments: of a command that has `folderOption`.
  init(_ arguments: Arguments) { folder = arguments.text(Self.folderOption.name) ?? "." }

  func catalog() throws(CatalogError) -> Catalog { try Catalog(folder: folder) }

  /// Loads and checks a dataset.
  ///
  /// - Parameter queries: no more than that many, the first ones; nil for all.
  /// - Throws: `CatalogError` for a name that the catalog has not, or not here; `DatasetError` for what is wrong with
  ///   the file.
  func load(_ nameOrPath: String, queries: Int? = nil) throws -> Dataset {
    try reading(nameOrPath) { path, entry in
      try Dataset.load(path: path, name: entry?.name, metric: entry?.metric, queries: queries ?? .max)
    }
  }

  /// Loads `train` and `test` alone, of a file that needs no ground truth.
  ///
  /// - Parameters:
  ///   - trainRows: no more than that many, the first ones; nil for all. The same for `queries`.
  ///   - metric: of a file that does not say.
  /// - Throws: as `load`.
  func loadVectors(_ nameOrPath: String, metric: Metric?, trainRows: Int?, queries: Int?) throws -> Dataset {
    try reading(nameOrPath) { path, entry in
      try Dataset.loadVectors(
        path: path, name: entry?.name, metric: entry?.metric ?? metric, trainRows: trainRows ?? .max,
        queries: queries ?? .max)
    }
  }

  /// Has `read` read the file of a dataset.
  func reading<Result>(
    _ nameOrPath: String, _ read: (_ path: String, _ entry: CatalogEntry?) throws -> Result
  ) throws -> Result {
    let (path, entry) = try resolve(nameOrPath)
    return try read(path, entry)
  }

  /// What to look at before a sweep measures on a dataset.
  ///
  /// - Throws: `CatalogError` for a name that the catalog has not, or not here.
  func survey(_ nameOrPath: String, rows: Int?, queries: Int?, ks: [Int]) throws(CatalogError) -> DatasetSurvey {
    let (path, entry) = try resolve(nameOrPath)
    return DatasetSurvey(
      argument: nameOrPath, path: path, name: entry?.name, metric: entry?.metric, rows: rows, queries: queries, ks: ks)
  }

  /// A path needs no catalog: it works in any folder.
  private func resolve(_ nameOrPath: String) throws(CatalogError) -> (path: String, entry: CatalogEntry?) {
    Catalog.isPath(nameOrPath) ? (nameOrPath, nil) : try catalog().resolve(nameOrPath)
  }
}
