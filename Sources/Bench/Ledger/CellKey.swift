import Datasets

/// What makes a cell: two cells of one key are the same cell, measured in the same way by the same program.
///
/// The SHA-256 of a canonical text of everything that a figure or a row depends on:
/// - the dataset: its bytes, its name and metric (files of equal bytes may be read under two metrics), how many
///   queries, and how many rows and true neighbours where only the first rows are used;
/// - the index: what the sweep calls it (two variants of equal parameters are two rows), its kind, all parameters of
///   build and search, the seed, and whether it was built or opened as an earlier run had kept it;
/// - the measurement: the workload with its options and stage, k, mode, threads, rounds, build threads, and whether a
///   process of its own measured;
/// - what measured: the program's own bytes, instruction set, processor, and ordered disturbances: see `Provenance`.
///
/// Where files lie does not count, nor do limits: they change no figure of a cell that was measured.
public struct CellKey: Sendable, Hashable, Codable {
  /// 64 hexadecimal digits.
  public let text: String

  /// - Parameters:
  ///   - variant: what the sweep calls the index; nil for its kind.
  ///   - code: what measures, and where: lines of text.
  public init(_ planned: PlannedCell, variant: String? = nil, dataset: SweepDataset, code: String) {
    let (cell, options, shape) = (planned.cell, planned.options, dataset.shape)
    func lines(_ title: String, _ entries: [(name: String, value: String)]) -> [String] {
      entries.sorted { $0.name < $1.name }.map { "\(title) \($0.name)=\($0.value)" }
    }
    // "sweep" is what searches of a finished index were called when the first keys were made.
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

  /// - Parameter text: as `text` was.
  init(text: String) { self.text = text }

  /// Enough of it to tell the files of a folder apart.
  public var short: String { String(text.prefix(12)) }
}
