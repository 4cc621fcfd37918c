import Foundation
import Testing

@testable import Bench

@Suite struct ColumnsArticleTests {
  private static let path = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../Sources/RecallBenchCLI/RecallBench.docc/Columns.md").standardizedFileURL

  private static let rewrites = ProcessInfo.processInfo.environment["RECALLBENCH_REWRITE"] != nil

  private func table(_ figures: [Figure]) -> String {
    let lines = figures.map { "| `\($0.column)` | \($0.unit) | \($0.better?.rawValue ?? "") | \($0.meaning) |" }
    return (["| column | unit | better | meaning |", "|---|---|---|---|"] + lines).joined(separator: "\n")
  }

  private var article: String {
    """
    # Columns

    Every column of `results.csv`: unit, direction and meaning.

    `results.csv` has one row for each measured cell. The first 18 columns are those of ann-benchmarks' `data_export.py`,
    in its order and units, so that the files can be joined. The file follows RFC 4180 and opens in pandas without
    options. *Better* is the direction of an improvement; it is empty when there is none.

    ## The columns of ann-benchmarks

    \(table(Figure.annBenchmarks))

    ## Our own columns

    \(table(Figure.own))

    ## The columns of workloads

    `workload` has a value in every row; the columns from `readers` to `flushes` have values only for an
    [ingest](Workloads.md#ingest). When there were no searches, their figures are empty.

    \(table(Figure.workloads))

    [Methodology](Methodology.md) says how the figures are measured.

    """
  }

  @Test func theArticleIsMadeOfTheFigures() throws {
    if Self.rewrites { try article.write(to: Self.path, atomically: true, encoding: .utf8) }
    #expect(try String(contentsOf: Self.path, encoding: .utf8) == article, "make columns writes it anew")
  }
}
