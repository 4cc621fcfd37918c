/// What the cells of one view are called: what the sweep calls the index, then the parameters in which its cells differ.
///
/// `ivf-flat(nlist=64, nprobe=4)` where both were swept, `ivf-flat(nprobe=4)` where only nprobe was, and `ivf-flat` for
/// the only cell of its index. A seed counts as a parameter. `PlannedCell.label` is the full key.
public struct CellNames: Sendable {
  /// By what the sweep calls the index: the names of its parameters that have several values.
  private var varied: [String: Set<String>] = [:]

  /// - Parameter cells: those of the view, each with what the sweep calls its index.
  /// - Complexity: O(cells · parameters).
  public init(_ cells: some Sequence<(variant: String, planned: PlannedCell)>) {
    var first: [String: [String: String]] = [:]
    for (variant, planned) in cells {
      let values = Dictionary(Self.parameters(of: planned).map { ($0.name, $0.value) }) { first, _ in first }
      let others = first[variant, default: values]
      first[variant] = others
      let differing = Set(values.keys).union(others.keys).filter { values[$0] != others[$0] }
      varied[variant, default: []].formUnion(differing)
    }
  }

  /// The name of a cell of the view, without the stage of a workload.
  public func index(_ variant: String, _ planned: PlannedCell) -> String {
    name(variant, Self.parameters(of: planned))
  }

  /// The name of a cell of the view: `ivf-flat(nprobe=4), step 3`.
  public func cell(_ variant: String, _ planned: PlannedCell) -> String {
    index(variant, planned) + (planned.options.stage.map { ", \($0)" } ?? "")
  }

  /// The name of a build of the view: the parameters of searches are left out.
  public func build(_ build: SweepPlan.Build) -> String {
    name(build.variant, build.parameters.entries.map { ($0.name, $0.value.description) })
  }

  private func name(_ variant: String, _ parameters: [(name: String, value: String)]) -> String {
    let shown = parameters.filter { varied[variant]?.contains($0.name) == true }
    return Cell.label(kind: variant, shown)
  }

  private static func parameters(of planned: PlannedCell) -> [(name: String, value: String)] {
    let entries = planned.cell.build.entries + planned.cell.search.entries
    return entries.map { ($0.name, $0.value.description) } + [("seed", String(planned.options.seed))]
  }
}

extension CellNames {
  /// The names of a plan's cells.
  public init(_ plan: SweepPlan) {
    self.init(plan.builds.flatMap { build in build.cells.map { (build.variant, $0) } })
  }
}
