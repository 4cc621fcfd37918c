/// The figures of one index over a whole runbook.
public struct RunbookSummary: Sendable {
  /// The cells in the order of their steps, at least one.
  public let cells: [CellMeasurement]

  /// The mean of the recalls of the steps with a known recall; `nil` when there are none.
  public var meanRecall: Double? {
    let known = cells.map(\.quality.recall).filter(\.isFinite)
    return known.isEmpty ? nil : Dispersion.mean(known)
  }

  /// The cell with the lowest recall.
  public var worst: CellMeasurement? {
    cells.filter { $0.quality.recall.isFinite }.min { $0.quality.recall < $1.quality.recall }
  }

  /// The seconds of all training, insertions, replacements and removals.
  public var seconds: Double {
    cells.reduce(0) { $0 + $1.build.seconds + ($1.workload?.removals?.seconds ?? 0) }
  }

  /// The summaries of some measurements, in the order of their first cells; cells of other workloads are left out.
  ///
  /// - Complexity: O(n).
  public static func all(of measurements: [CellMeasurement]) -> [RunbookSummary] {
    let steps = measurements.filter { $0.options.stage?.workload == "runbook" }
    return steps.grouped { StageLine($0) }.map { RunbookSummary(cells: $0.elements) }
  }
}
