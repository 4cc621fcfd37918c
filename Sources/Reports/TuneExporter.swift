import Bench
import Foundation

/// The result of a search for the best settings, as text for the terminal.
public enum TuneExporter {
  /// The figures of each index with their intervals and the command that measures them again, what was left out, and
  /// the ranking of the indexes; each line ends with a line break.
  public static func text(_ outcome: TuneOutcome) -> String {
    let reached = outcome.best.groups.flatMap(\.reached)
    let settings = reached.map { choice in
      var lines = [choice.name, "  \(figures(choice.measurement))"]
      if let runnerUp = choice.runnerUp {
        // Speeds that were measured at other times would not show which setting is faster.
        let speed = runnerUp.isPaired ? ", \(NumberText.significant(runnerUp.queriesPerSecond)) queries/s" : ""
        lines.append("  runner-up: \(runnerUp.name)\(speed)")
      }
      lines.append("  again: \(RepeatCommand.text(choice.record, run: outcome.run.command))")
      return lines.joined(separator: "\n") + "\n"
    }
    let remarks = outcome.remarks.distinct.map { "\($0)\n" }.joined()
    return (settings + [remarks, outcome.best.text]).filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private static func figures(_ measurement: CellMeasurement) -> String {
    let uncertainty = measurement.uncertainty
    func interval(_ interval: Interval, _ text: (Double) -> String) -> String {
      "[\(text(interval.low)), \(text(interval.high))]"
    }
    func recall(_ value: Double) -> String { NumberText.fixed(value, 4) }
    return "recall \(recall(measurement.quality.recall)) \(interval(uncertainty.recall, recall)), "
      + "\(NumberText.significant(measurement.speed.queriesPerSecond)) queries/s "
      + "\(interval(uncertainty.queriesPerSecond, NumberText.significant)), "
      + "p99 \(NumberText.significant(measurement.speed.p99Milliseconds)) ms "
      + interval(uncertainty.p99Milliseconds, NumberText.significant)
  }
}
