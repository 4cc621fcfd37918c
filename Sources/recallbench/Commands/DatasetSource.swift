import Datasets
import VectorCore

/// Finds and loads what `--dataset` names: a file, or a dataset of the catalog.
struct DatasetSource {
  /// Where the catalog and its files are.
  static let folderOption = Option(
    "--datasets", .text("DIR"), default: "datasets", "the folder of the catalog and its files")

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

  private func reading(
    _ nameOrPath: String, _ read: (_ path: String, _ entry: CatalogEntry?) throws -> Dataset
  ) throws -> Dataset {
    let (path, entry) = try resolve(nameOrPath)
    return try CrashNotice.during("\(path): damaged, reading it crashed the HDF5 library; download the file again") {
      try read(path, entry)
    }
  }

  /// A path needs no catalog: it works in any folder.
  private func resolve(_ nameOrPath: String) throws(CatalogError) -> (path: String, entry: CatalogEntry?) {
    if nameOrPath.contains("/") || [".hdf5", ".h5"].contains(where: nameOrPath.hasSuffix) { return (nameOrPath, nil) }
    return try catalog().resolve(nameOrPath)
  }
}
