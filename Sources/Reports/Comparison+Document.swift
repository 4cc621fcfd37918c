import Bench
import Foundation

extension Comparison: Documented {
  var document: TextDocument { ComparisonDocument.document(self) }
}

/// The document of a comparison, for a terminal, a pull request, and a page.
private enum ComparisonDocument {
  static func document(_ comparison: Comparison) -> TextDocument {
    var document = TextDocument()
    document.heading("\(comparison.base.name) → \(comparison.head.name)")
    document.line("base: \(describe(comparison.base))")
    document.line("head: \(describe(comparison.head))")
    document.line(
      comparison.isInterleaved
        ? "measured interleaved: a round of one, then the same of the other"
        : "measured apart: what else the machine did is in the times; run --against measures interleaved")
    if comparison.cells.contains(where: { $0.subject.mode == .single && $0.quotients[.qps] != nil }) {
      document.line(Comparison.speedRemark)
    }
    for (side, run) in [("base", comparison.base), ("head", comparison.head)] where !run.isFinished {
      document.line("the \(side), \(run.unfinished)")
    }
    for refusal in comparison.refusals {
      document.line(refusal.isOfDataset ? "not compared: \(refusal)" : "\(refusal.subject) not compared: \(refusal)")
    }
    for problem in comparison.rawProblems.prefix(3) { document.line(problem) }
    if comparison.rawProblems.count > 3 { document.line("and \(comparison.rawProblems.count - 3) more raw results") }
    if comparison.cells.isEmpty { document.line("no cell was measured in both") }
    if !comparison.cells.isEmpty {
      document.heading("Cells: recall of the head and its difference in points; all else head ÷ base")
      document.table(cells(comparison.cells))
    }
    if comparison.fronts.contains(where: { !$0.levels.isEmpty }) {
      document.heading("Fronts at equal recall, interpolated; head ÷ base")
      document.table(levels(comparison.fronts))
    }
    if !comparison.fronts.isEmpty {
      document.heading("Whole fronts")
      for front in comparison.fronts { document.line(dominance(front)) }
    }
    let worst = self.worst(comparison.cells)
    if !worst.rows.isEmpty {
      document.heading("Queries that got worst")
      document.table(worst)
    }
    if !comparison.unmatched.isEmpty {
      document.heading("Not measured in both")
      document.table(unmatched(comparison))
    }
    return document
  }

  private static func describe(_ run: Comparison.Run) -> String {
    let commit = run.commit.isEmpty ? "" : ", commit \(run.commit)"
    return "\(run.folder) run \(run.number)\(run.tag.isEmpty ? "" : " (\(run.tag))")\(commit), "
      + "\(run.started.formatted(.iso8601)), \(run.cells) cell\(run.cells == 1 ? "" : "s")"
  }

  // MARK: - Tables

  private static func cells(_ cells: [CellComparison]) -> TextTable {
    let figures = Figure.compared.filter { figure in
      !figure.isShare && (!figure.isOfWorkload || cells.contains { $0.quotients[figure] != nil })
    }
    return TextTable(
      columns: [
        .text("dataset"), .text("cell"), .number("k"), .text("mode"), .number("recall"), .number("points"),
      ] + figures.map { .number($0.ratioTitle) },
      rows: cells.map { cell in
        [
          cell.subject.dataset, cell.name, String(cell.subject.k), mode(cell.subject.mode, cell.subject.threads),
          cell.recall.map { NumberText.fixed($0.head, 4) } ?? "", points(cell.recall),
        ] + figures.map { ratio(cell.quotients[$0]) }
      })
  }

  private static func levels(_ fronts: [FrontComparison]) -> TextTable {
    var table = TextTable(columns: [
      .text("dataset"), .text("index"), .number("k"), .text("mode"), .text("figure"), .number("recall"),
      .number("base"), .number("head"), .number("ratio"),
    ])
    for front in fronts {
      for level in front.levels where level.base != nil || level.head != nil {
        table.rows.append([
          front.dataset, variants(front), String(front.k), mode(front.mode, front.threads), front.figure.name,
          "\(level.recall)", level.base.map(NumberText.significant) ?? "not reached",
          level.head.map(NumberText.significant) ?? "not reached", ratio(level.quotient),
        ])
      }
    }
    return table
  }

  private static func worst(_ cells: [CellComparison]) -> TextTable {
    var table = TextTable(columns: [
      .text("dataset"), .text("cell"), .number("k"), .number("query"), .number("recall before"), .number("recall now"),
      .number("ms before"), .number("ms now"),
    ])
    let worst = cells.flatMap { cell in cell.worstQueries.map { (cell, $0) } }
      .sorted { ($0.1.headRecall - $0.1.baseRecall) < ($1.1.headRecall - $1.1.baseRecall) }
    for (cell, query) in worst.prefix(10) where query.headRecall < query.baseRecall {
      table.rows.append([
        cell.subject.dataset, cell.name, String(cell.subject.k), String(query.query),
        NumberText.significant(query.baseRecall), NumberText.significant(query.headRecall),
        query.baseMilliseconds.map(NumberText.significant) ?? "",
        query.headMilliseconds.map(NumberText.significant) ?? "",
      ])
    }
    return table
  }

  private static func unmatched(_ comparison: Comparison) -> TextTable {
    func absent(_ run: Comparison.Run) -> String { run.isFinished ? "not asked for" : "not reached" }
    var table = TextTable(columns: [
      .text("dataset"), .text("cell"), .number("k"), .text("base"), .text("head"), .text("why"),
    ])
    for cell in comparison.unmatched {
      table.rows.append([
        cell.subject.dataset, cell.name, String(cell.subject.k),
        cell.base?.rawValue ?? absent(comparison.base), cell.head?.rawValue ?? absent(comparison.head), cell.error,
      ])
    }
    return table
  }

  // MARK: - Words

  private static func dominance(_ front: FrontComparison) -> String {
    let place =
      "\(front.dataset), \(variants(front)), k = \(front.k), \(mode(front.mode, front.threads)), "
      + front.figure.name
    let dominance = front.dominance
    let reach =
      abs(dominance.headReaches - dominance.baseReaches) < 5e-5
      ? ""
      : "; recall up to \(NumberText.fixed(dominance.baseReaches, 4)) → \(NumberText.fixed(dominance.headReaches, 4))"
    guard let range = dominance.range, let speedup = dominance.meanSpeedup else {
      return "\(place): \(front.refusals.isEmpty ? "no recall that both reach" : "times not compared")\(reach)"
    }
    let winner =
      switch dominance.winner {
      case .head: "the head is above"
      case .base: "the base is above"
      case .equal: "alike"
      case .none, .unknown: "the fronts cross"
      }
    return "\(place): \(winner), the head \(NumberText.fixed(speedup, 3))× as fast in the mean over recall "
      + "\(NumberText.fixed(range.low, 3))…\(NumberText.fixed(range.high, 3))\(reach)"
  }

  private static func variants(_ front: FrontComparison) -> String {
    (front.baseVariant == front.headVariant ? front.headVariant : "\(front.baseVariant) → \(front.headVariant)")
      + (front.stage.map { ", \($0)" } ?? "")
  }

  private static func mode(_ mode: SearchMode, _ threads: Int) -> String {
    threads == 1 ? mode.rawValue : "\(mode.rawValue) ×\(threads)"
  }

  /// A difference in points: `-0.52 [-0.61, -0.43]`.
  static func points(_ recall: RecallDifference?) -> String {
    guard let recall else { return "" }
    // A zero difference has no sign.
    func point(_ share: Double) -> String {
      String(format: abs(share) < 5e-7 ? "%.2f" : "%+.2f", abs(share) < 5e-7 ? 0 : 100 * share)
    }
    guard let interval = recall.interval, interval.low < interval.high else { return point(recall.difference) }
    return "\(point(recall.difference)) [\(point(interval.low)), \(point(interval.high))]"
  }

  /// A ratio with its interval: `1.034 [1.021, 1.048]`.
  static func ratio(_ quotient: Quotient?) -> String {
    guard let quotient else { return "" }
    guard let interval = quotient.interval else { return NumberText.fixed(quotient.ratio, 3) }
    return
      "\(NumberText.fixed(quotient.ratio, 3)) [\(NumberText.fixed(interval.low, 3)), \(NumberText.fixed(interval.high, 3))]"
  }
}

extension Comparison {
  /// How the speeds of comparisons and gates differ from those of tables, `results.csv` and `history`.
  static let speedRemark =
    "qps of single queries counts at most twice a query's median time; results.csv has the plain mean"
}

extension Comparison.Run {
  /// The run's tag, or otherwise its commit, or otherwise its number.
  var name: String { !tag.isEmpty ? tag : !commit.isEmpty ? commit : "run \(number)" }
}
