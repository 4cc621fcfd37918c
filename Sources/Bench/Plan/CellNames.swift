import VectorIndexes

/// The short names of the cells in one view: the variant's name, then the parameters in which its cells differ.
///
/// A name is `ivf-flat(nlist=64, nprobe=4)` when both parameters were swept, `ivf-flat(nprobe=4)` when only nprobe was,
/// and `ivf-flat` for the only cell of its variant. A seed counts as a parameter. `PlannedCell.label` is the full key.
public struct CellNames: Sendable {
  /// For each variant, the names of its parameters that have several values.
  private var varied: [String: Set<String>] = [:]
  /// The other dimensions of the cells.
  private var (ks, modes): (Set<Int>, Set<String>) = ([], [])
  var datasets: Set<String> = []

  /// - Parameter cells: the cells of the view, each with the name of its variant.
  /// - Complexity: O(cells · parameters²).
  public init(_ cells: some Sequence<(variant: String, planned: PlannedCell)>) {
    var first: [String: PlannedCell] = [:]
    for (variant, planned) in cells {
      ks.insert(planned.options.k)
      modes.insert(planned.options.modeText)
      if let other = first[variant] {
        varied[variant, default: []].formUnion(Self.differences(planned, other))
      } else {
        first[variant] = planned
      }
    }
  }

  /// The names of the parameters whose values differ between two cells, or that only one of them has.
  private static func differences(_ one: PlannedCell, _ other: PlannedCell) -> [String] {
    let (ones, others) = (entries(of: one), entries(of: other))
    let differing = ones.filter { !others.contains($0) } + others.filter { !ones.contains($0) }
    return differing.map(\.name) + (one.options.seed == other.options.seed ? [] : [seed])
  }

  /// The name of a cell of the view, without the stage of a workload.
  public func index(_ variant: String, _ planned: PlannedCell) -> String {
    let parameters = Self.entries(of: planned).map { ($0.name, $0.value.description) }
    return name(variant, parameters + [(Self.seed, String(planned.options.seed))])
  }

  /// The name of a cell's setting: parameters that all cells share are named, too, unless they are at their defaults.
  public func setting(_ variant: String, _ planned: PlannedCell) -> String {
    let changed = Set((planned.cell.build.changed + planned.cell.search.changed).map(\.name))
    let named = Self.entries(of: planned).filter {
      varied[variant]?.contains($0.name) == true || changed.contains($0.name)
    }
    return Cell.label(kind: variant, named)
  }

  /// The name of a cell of the view: `ivf-flat(nprobe=4), step 3`.
  public func cell(_ variant: String, _ planned: PlannedCell) -> String {
    index(variant, planned) + (planned.options.stage.map { ", \($0)" } ?? "")
  }

  /// The name of a cell of the view with every dimension in which its cells differ: `photos, flat, k = 10, single ×2`.
  public func whole(_ variant: String, _ planned: PlannedCell, dataset: String) -> String {
    let parts = [
      datasets.count > 1 ? dataset : "", cell(variant, planned), ks.count > 1 ? "k = \(planned.options.k)" : "",
      modes.count > 1 ? planned.options.modeText : "",
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: ", ")
  }

  /// The name of a build in the view, without search parameters.
  public func build(_ build: SweepPlan.Build) -> String {
    name(build.variant, build.parameters.entries.map { ($0.name, $0.value.description) })
  }

  private func name(_ variant: String, _ parameters: [(name: String, value: String)]) -> String {
    Cell.label(kind: variant, parameters.filter { varied[variant]?.contains($0.name) == true })
  }

  private static let seed = "seed"

  private static func entries(of planned: PlannedCell) -> [Parameters.Entry] {
    planned.cell.build.entries + planned.cell.search.entries
  }
}

extension CellNames {
  /// The names of a plan's cells.
  public init(_ plan: SweepPlan) {
    self.init(
      plan.builds.lazy.flatMap { build in build.cells.lazy.map { (variant: build.variant, planned: $0) } })
    datasets = Set(plan.builds.map(\.dataset.name))
  }
}

extension RunOptions {
  /// The mode with its threads, when there are several: `single ×2`.
  public var modeText: String { mode.text(threads: threads) }
}
