import Datasets

/// `recallbench datasets list`: lists the catalog and shows which datasets are present.
enum DatasetsListCommand: Command {
  static let description = CommandDescription(
    "datasets list", "list the datasets of the catalog, and which of them are here",
    options: [DatasetSource.folderOption],
    notes: """
      The catalog is part of the program. A file catalog.yml in the folder of --datasets adds datasets to it, or replaces
      those of the same name.
      """,
    examples: ["datasets list"])

  static func run(_ arguments: Arguments) throws {
    let catalog = try DatasetSource(arguments).catalog()
    let rows = catalog.entries.map { entry in
      (entry.fullName, "\(catalog.isPresent(entry) ? "here     " : "to fetch ") \(entry.summary)")
    }
    try Console.print(TextLayout.columns(rows) + "\n")
  }
}
