import Bench
import Foundation

/// Which runs the cells of a report come from, and what was left out.
extension SweepReport {
  /// The runs that have cells in the report; empty for a report on one run.
  var runFacts: [(name: String, value: String)] {
    guard sources.runs.count > 1 else { return [] }
    let counts = Dictionary(grouping: cells, by: \.measurement.run).mapValues(\.count)
    return [
      (
        "runs",
        sources.runs.map { run in
          "\(run.number) (\(run.started.ISO8601Format()), \(NumberText.count(counts[run.number] ?? 0, "cell")))"
        }.joined(separator: "; ")
      )
    ]
  }

  /// The warnings about results that were left out, or that are older than the newest run.
  var sourceWarnings: [Warning] {
    var warnings: [Warning] = []
    if !sources.outdated.isEmpty {
      let count = NumberText.count(sources.outdated.count, "cell")
      warnings.append(
        Warning(
          text: "\(count) of run \(run.number) ended without a measurement; an earlier one is shown:",
          details: sources.outdated.map { cell in
            "\(names.whole(cell.ending)), shown as of run \(cell.measuredIn): \(cell.ending.error)"
          }))
    }
    let others = sources.leftOutRemarks
    if !others.isEmpty { warnings.append(Warning(text: "Results of other runs are left out:", details: others)) }
    return warnings
  }
}

extension FolderResults {
  /// What was left out, one line each; empty mostly.
  var leftOutRemarks: [String] {
    leftOut.map { cells in
      "\(cells.dataset): \(NumberText.count(cells.cells, "cell")) of \(Self.runs(cells.runs)): "
        + cells.reasons.joined(separator: "; ")
    } + (disturbedRuns.isEmpty ? [] : ["\(Self.runs(disturbedRuns)): faults were injected"])
  }

  /// Remarks for the terminal on what was left out, one line each; empty mostly.
  public var remarks: String {
    let older = outdated.map { cell in
      "older: \(cell.ending.dataset.name), \(cell.ending.planned.cell.label) as of run \(cell.measuredIn), since run "
        + "\(run.number) did not measure it: \(cell.ending.error)"
    }
    let left = leftOutRemarks.map { "left out: \($0); --run shows a run alone" }
    return (older + left).map { "\($0.printable)\n" }.joined()
  }

  private static func runs(_ numbers: [Int]) -> String {
    "\(numbers.count == 1 ? "run" : "runs") \(numbers.map(String.init).joined(separator: ", "))"
  }
}
