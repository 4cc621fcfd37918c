import Datasets

/// What makes a cell's result: two cells of one key need not both be measured.
///
/// The SHA-256 of a canonical text: the dataset's bytes, the index with all parameters, how it is searched and measured,
/// the seed and the code.
public struct CellKey: Sendable, Hashable, Codable {
  /// 64 hexadecimal digits.
  public let text: String

  /// - Parameter code: what tells versions of the program apart, see `ProgramCode`.
  public init(_ planned: PlannedCell, dataset: SweepDataset, code: String) {
    let (cell, options) = (planned.cell, planned.options)
    func lines(_ title: String, _ entries: [(name: String, value: String)]) -> [String] {
      entries.sorted { $0.name < $1.name }.map { "\(title) \($0.name)=\($0.value)" }
    }
    let parts =
      ["recallbench cell 1", "dataset \(dataset.sha256)", "queries \(dataset.shape.queries)", "index \(cell.kind)"]
      + (dataset.limit.map { ["rows \($0.rows)", "depth \($0.depth)"] } ?? [])
      + lines("build", cell.build.entries.map { ($0.name, $0.value.description) })
      + lines("search", cell.search.entries.map { ($0.name, $0.value.description) })
      + [
        "k \(options.k)", "mode \(options.mode.rawValue)", "threads \(options.threads)", "rounds \(options.rounds)",
        "build threads \(options.buildThreads)", "seed \(options.seed)", "code \(code)",
      ]
    text = SHA256.of(parts.joined(separator: "\n"))
  }

  /// - Parameter text: as `text` was.
  init(text: String) { self.text = text }

  /// Enough of it to tell the files of a folder apart.
  public var short: String { String(text.prefix(12)) }
}

/// Which code measures.
public enum ProgramCode {
  /// The commit where it says everything; with changed files or outside a repository, the digest of the program too.
  ///
  /// - Parameter program: the path of the executable.
  public static func identity(commit: String, program: String) -> String {
    guard commit.isEmpty || commit.hasSuffix("-dirty") else { return commit }
    return "\(commit) \(SHA256.ofFile(program) ?? "")"
  }
}
