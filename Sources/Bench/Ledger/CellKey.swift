import Datasets

/// The identity of a cell: two cells with the same key are the same cell, measured in the same way by the same program.
///
/// The key is the SHA-256 of a canonical text of everything on which a figure or a row depends:
/// - the dataset: its bytes, its name and metric (files of equal bytes may be read under two metrics), the number of
///   queries, and the numbers of rows and true neighbours when only the first rows are used;
/// - the index: its name in the sweep (two variants of equal parameters are two rows), its kind, all parameters of
///   build and search, the seed, and whether it was built or opened as an earlier run had kept it;
/// - the measurement: the workload with its options and stage, k, mode, threads, rounds, build threads, and whether it
///   took place in a process of its own;
/// - the measuring program: its bytes, instruction set, processor, and injected disturbances: see `Provenance`.
///
/// The paths of files do not count, nor do limits: they change no figure of a measured cell.
public struct CellKey: Sendable, Hashable, Codable {
  /// The key, 64 hexadecimal digits.
  public let text: String

  /// - Parameters:
  ///   - variant: the name of the index in the sweep; `nil` for its kind.
  ///   - code: the identity of the measuring program and machine, as lines of text.
  public init(_ planned: PlannedCell, variant: String? = nil, dataset: SweepDataset, code: String) {
    let (cell, options, shape) = (planned.cell, planned.options, dataset.shape)
    func lines(_ title: String, _ entries: [(name: String, value: String)]) -> [String] {
      entries.sorted { $0.name < $1.name }.map { "\(title) \($0.name)=\($0.value)" }
    }
    // Searches of a finished index were called "sweep" when the first keys were made.
    let workload = options.stage.map(\.workload) ?? "sweep"
    let parts =
      [
        "recallbench cell 2", "workload \(workload)", "dataset \(dataset.sha256)", "name \(shape.name)",
        "metric \(shape.metric.rawValue)", "queries \(shape.queries)",
      ]
      + (dataset.computed.map { ["rows \(shape.trainSize)", "depth \($0.depth)"] } ?? [])
      + ["variant \(variant ?? cell.kind)", "index \(cell.kind)"]
      + lines("build", cell.build.entries.map { ($0.name, $0.value.description) })
      + lines("search", cell.search.entries.map { ($0.name, $0.value.description) })
      + [
        "k \(options.k)", "mode \(options.mode.rawValue)", "threads \(options.threads)", "rounds \(options.rounds)",
        "build threads \(options.buildThreads)", "seed \(options.seed)",
      ] + (options.stage?.keyLines ?? []) + [code]
    text = SHA256.of(parts.joined(separator: "\n"))
  }

  /// - Parameter text: the `text` of an existing key.
  init(text: String) { self.text = text }

  /// A prefix that is long enough to distinguish the files of a folder.
  public var short: String { String(text.prefix(12)) }
}
