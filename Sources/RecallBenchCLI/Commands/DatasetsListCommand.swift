import Datasets

/// `recallbench datasets list`: the catalog, and which of it is here.
enum DatasetsListCommand: Command {
  static let description = CommandDescription(
    "datasets list", "list the datasets of the catalog", options: [DatasetSource.folderOption])

  static func run(_ arguments: Arguments) throws {
    let catalog = try DatasetSource(arguments).catalog()
    let rows = catalog.entries.map { entry in
      (entry.name, "\(catalog.isPresent(entry) ? "here     " : "to fetch ") \(entry.summary)")
    }
    try Console.print(CommandDescription.columns(rows) + "\n")
  }
}
