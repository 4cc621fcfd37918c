import Bench
import Foundation

/// The list of a ledger's runs for the terminal, one line each.
public enum RunListExporter {
  public static func text(_ runs: [Ledger.Run]) -> String { table(runs).text }

  static func table(_ runs: [Ledger.Run]) -> TextTable {
    var table = TextTable(columns: [
      .number("run"), .text("started"), .text("ended"), .text("commit"), .text("tag"), .number("cells"),
      .text("beside"), .text("command"),
    ])
    for run in runs {
      table.rows.append([
        String(run.number), run.started.formatted(.iso8601), run.ended.map { $0.formatted(.iso8601) } ?? "unfinished",
        run.commit, run.tag, String(run.keys.count), run.pairedWith.map { "run \($0)" } ?? "", run.command,
      ])
    }
    return table
  }
}
