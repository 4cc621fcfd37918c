import Datasets

/// `recallbench datasets check`: reports faults of a dataset that would make recall wrong.
enum DatasetsCheckCommand: Command {
  static let description = CommandDescription(
    "datasets check", "look for faults of a dataset that would make recall wrong",
    arguments: [DatasetSource.argument],
    options: [
      Option(
        "-k", .integer("N", 1...65_536), default: String(Preflight.Options().k),
        "the number of neighbours that searches will ask for"),
      Option(
        "--sample", .integer("N", 1...Int.max), default: String(Preflight.Options().sample),
        "the number of queries whose true neighbours are computed again"),
      Option(
        "--seed", .integer("N", 0...Int.max), default: String(Preflight.Options().seed),
        "the seed that chooses these queries"),
      DatasetSource.folderOption,
      Option("--quiet", .flag, "show no progress"),
    ],
    notes: """
      The file may also be a single table (.fvecs, .fbin, .npy, .parquet and others), of which only the vectors are checked.

      Each line is one check: `ok`, `note` for a remark, `warn` for data on which figures may mislead, or `FAILED` for a
      fault that would make recall wrong. The exit code is 1 when a check failed. Every `run` makes the quick checks
      before it measures.
      """,
    examples: ["datasets check photo-sift-20k-128-euclidean", "datasets check mine.hdf5 -k 100 --sample 50"])

  /// Some checks failed; the program ends with code 1.
  struct Failure: Error, Equatable, CustomStringConvertible {
    let path: String
    let failures: Int

    var description: String {
      "\(path): \(failures) \(failures == 1 ? "check" : "checks") failed; recall on it would be wrong as said above"
    }
  }

  static func run(_ arguments: Arguments) throws {
    var options = Preflight.Options()
    options.k = arguments.integer("-k") ?? options.k
    options.sample = arguments.integer("--sample") ?? options.sample
    options.seed = UInt64(arguments.integer("--seed") ?? 0)
    let name = arguments.positionals[0]
    let line = ProgressLine(isShown: !arguments.has("--quiet") && Console.isInteractive)
    defer { line.end() }
    let (path, entry) = try DatasetSource(arguments).resolve(name)
    let preflight = try Preflight(path: path, name: entry?.name, metric: entry?.metric, options: options) { check in
      line.begin("\(name)  \(check.rawValue)")
    }
    line.end()
    try Console.print(text(preflight))
    if preflight.failures > 0 { throw Failure(path: name, failures: preflight.failures) }
  }

  /// One line per check: the verdict, the name of the check, and the finding.
  static func text(_ preflight: Preflight) -> String {
    let width = Preflight.Verdict.failed.rawValue.count
    let rows = preflight.findings.map { finding in
      let verdict = finding.verdict.rawValue
      return (
        verdict + String(repeating: " ", count: width - verdict.count + 2) + finding.check.rawValue, finding.detail
      )
    }
    return TextLayout.columns(rows) + "\n"
  }
}
