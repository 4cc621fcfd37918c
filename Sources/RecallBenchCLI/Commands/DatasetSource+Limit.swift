import Bench

extension DatasetSource {
  static let limitOption = Option(
    "--limit", .integer("ROWS", 1...Int(Int32.max)),
    "use only the first ROWS vectors; their true neighbours are computed before the run")

  /// The number of multiplications that may be made without an explicit request: about ten seconds on two cores.
  private static let affordableWork = 1e12

  /// Refuses a limit on rows for which the true neighbours would take long to compute.
  ///
  /// The neighbours that the file states are those among all rows, so they must be computed again among the first rows.
  ///
  /// - Throws: `UsageError.invalidValue`.
  static func checkWork(of dataset: SweepDataset) throws(UsageError) {
    guard let rows = dataset.limit?.rows else { return }
    let work = Double(rows) * Double(dataset.shape.queries) * Double(dataset.shape.dimension)
    guard work <= affordableWork else {
      throw UsageError.invalidValue(
        option: limitOption.name, value: "\(rows)",
        expected:
          "fewer rows or --queries, since finding the true neighbours takes \(work) multiplications; or the file "
          + "that `recallbench datasets ground-truth \(dataset.argument) --limit \(rows) --out FILE` writes once")
    }
  }
}
