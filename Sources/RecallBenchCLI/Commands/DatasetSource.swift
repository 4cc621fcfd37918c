import Bench
import Datasets
import VectorCore

/// Finds and loads the dataset that `--dataset` names: a file, or an entry of the catalog.
struct DatasetSource {
  /// How the help of a command describes what it takes.
  static let meaning =
    "a name of the catalog, an HDF5 or .npz file, a table such as .npy or .parquet, a folder, or a .yml that names files"

  /// The argument of commands that work on one dataset.
  static let argument = Argument(.dataset("NAME|FILE"), meaning)

  /// The option for the folder that holds the catalog's files.
  static let folderOption = Option(
    "--datasets", .folder("DIR"), default: "datasets", variable: variable,
    "the folder where datasets of the catalog are found and fetched to")

  /// The environment variable that sets this folder.
  static let variable = "RECALLBENCH_DATASETS"

  /// Where the datasets of sweeps are read: in this process, or, after a program has started with `main`, in its
  /// children.
  nonisolated(unsafe) static var readingPlace = Supervisor.Place.here

  let folder: String

  /// - Parameter arguments: the arguments of a command that has `folderOption`.
  init(_ arguments: Arguments) { folder = arguments.text(Self.folderOption.name) ?? "." }

  func catalog() throws(CatalogError) -> Catalog { try Catalog(folder: folder) }

  /// Loads and checks a dataset.
  ///
  /// - Throws: `CatalogError` for a name that is not in the catalog or whose file is missing; `DatasetError` for a
  ///   fault of the file.
  func load(_ nameOrPath: String) throws -> Dataset {
    let (path, entry) = try resolve(nameOrPath)
    return try Dataset.load(path: path, name: entry?.name, metric: entry?.metric)
  }

  /// Loads only `train` and `test`, from a file that needs no ground truth.
  ///
  /// - Parameters:
  ///   - metric: the metric of a file that does not state one.
  ///   - trainRows: the number of rows to load, from the first one on; `nil` for all.
  ///   - queries: the number of queries to load, from the first one on; `nil` for all.
  /// - Throws: as `load`.
  func loadVectors(
    _ nameOrPath: String, metric: Metric? = nil, trainRows: Int? = nil, queries: Int? = nil
  ) throws -> Dataset {
    let (path, entry) = try resolve(nameOrPath)
    return try Dataset.loadVectors(
      path: path, name: entry?.name, metric: entry?.metric ?? metric, trainRows: trainRows ?? .max,
      queries: queries ?? .max)
  }

  /// The properties of a dataset that a sweep needs before it measures anything.
  ///
  /// - Throws: `CatalogError` for a name that is not in the catalog or whose file is missing.
  func survey(_ nameOrPath: String, rows: Int?, queries: Int?, ks: [Int]) throws(CatalogError) -> DatasetSurvey {
    let (path, entry) = try resolve(nameOrPath)
    return DatasetSurvey(
      argument: nameOrPath, path: path, name: entry?.name, metric: entry?.metric, rows: rows, queries: queries, ks: ks)
  }

  /// The file of a dataset, and its entry where it is one of the catalog. A path needs no catalog, so that it works in any
  /// folder.
  func resolve(_ nameOrPath: String) throws(CatalogError) -> (path: String, entry: CatalogEntry?) {
    Catalog.isPath(nameOrPath) ? (nameOrPath, nil) : try catalog().resolve(nameOrPath)
  }
}
