import Bench
import Files

extension DatasetSource {
  static let limitOption = Option(
    "--limit", .integer("ROWS", 1...Int(Int32.max)),
    "use only the first ROWS vectors; their true neighbours are computed before the run")

  /// Multiplications that are made without being asked for: some ten seconds on two cores.
  private static let affordableWork = 1e12

  /// Refuses to find true neighbours where that takes long: those stated among all rows are not those among the first.
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
          + "that `\(ProgramName.current) datasets ground-truth \(dataset.argument) --limit \(rows) --out FILE` "
          + "writes once")
    }
  }
}
