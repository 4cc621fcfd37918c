import Bench
import Foundation

extension Comparison: Documented {
  var document: TextDocument { ComparisonText(self).document }
}

/// The texts and tables of a comparison, for a terminal, a pull request, and a page.
struct ComparisonText {
  private let comparison: Comparison
  /// Whether the cells differ in dataset, k, or mode and threads.
  private let varies: (dataset: Bool, k: Bool, mode: Bool)

  /// The number of unchanged cells that a table lists; more of them are counted only.
  private static let mostUnchanged = 40

  init(_ comparison: Comparison) {
    self.comparison = comparison
    let subjects = comparison.cells.map(\.subject) + comparison.unmatched.map(\.subject)
    varies = (
      Set(subjects.map(\.dataset)).count > 1, Set(subjects.map(\.k)).count > 1,
      Set(subjects.map { $0.mode.text(threads: $0.threads) }).count > 1
    )
  }

  /// The name of a cell with every dimension in which the cells of the comparison differ.
  func name(_ cell: CellComparison) -> String {
    ([varies.dataset ? cell.subject.dataset : "", cell.name] + way(cell)).filter { !$0.isEmpty }.joined(separator: ", ")
  }

  /// What `name` has besides the index: `photos, k = 10, single ×2`.
  func place(_ cell: CellComparison) -> String {
    ([varies.dataset ? cell.subject.dataset : ""] + way(cell)).filter { !$0.isEmpty }.joined(separator: ", ")
  }

  private func way(_ cell: CellComparison) -> [String] {
    let subject = cell.subject
    return [varies.k ? "k = \(subject.k)" : "", varies.mode ? subject.mode.text(threads: subject.threads) : ""]
  }

  var document: TextDocument {
    let changes = ComparisonChanges(comparison)
    var document = TextDocument()
    document.heading("\(comparison.base.name) → \(comparison.head.name)")
    document.line(changes.verdict)
    for line in runs + remarks { document.line(line) }
    let folds = changes.unchanged.count > Self.mostUnchanged
    let listed = folds ? changes.worse + changes.better : changes.sorted
    if !listed.isEmpty {
      document.heading("Cells, the worst first: recall of the head and its difference in points; all else head ÷ base")
      document.table(cells(listed))
    }
    if folds { document.line("\(changes.unchanged.count) unchanged cells are not listed; --format json has them") }
    for (title, table) in tables {
      document.heading(title)
      document.table(table)
    }
    return document
  }

  /// What the two runs are.
  var runs: [String] {
    ["base: \(Self.describe(comparison.base))", "head: \(Self.describe(comparison.head))"]
  }

  /// What a reader should know before trusting the figures.
  var remarks: [String] {
    var remarks = [
      comparison.isInterleaved
        ? "measured interleaved: both took turns"
        : "measured apart: what else the machine did is in the times; run --against measures interleaved"
    ]
    if comparison.cells.contains(where: { $0.subject.mode == .single && $0.quotients[.qps] != nil }) {
      remarks.append(Comparison.speedRemark)
    }
    for (side, run) in [("base", comparison.base), ("head", comparison.head)] where !run.isFinished {
      remarks.append("the \(side), \(run.unfinished)")
    }
    for refusal in comparison.refusals {
      remarks.append(refusal.isOfDataset ? "not compared: \(refusal)" : "\(refusal.subject) not compared: \(refusal)")
    }
    remarks += comparison.rawProblems.prefix(3)
    if comparison.rawProblems.count > 3 { remarks.append("and \(comparison.rawProblems.count - 3) more raw results") }
    return remarks
  }

  /// The tables after that of the cells, with their titles; only those with rows.
  var tables: [(title: String, table: TextTable)] {
    [
      ("Fronts at equal recall, interpolated; head ÷ base", levels(comparison.fronts)),
      ("Whole fronts: the head's speed ÷ the base's, in the mean", dominance(comparison.fronts)),
      ("Queries that got worst", worst(comparison.cells)), ("Not measured in both", unmatched(comparison)),
    ].filter { !$0.1.rows.isEmpty }
  }

  private static func describe(_ run: Comparison.Run) -> String {
    let commit = run.commit.isEmpty ? "" : ", commit \(run.commit)"
    return "\(run.folder) run \(run.number)\(run.tag.isEmpty ? "" : " (\(run.tag))")\(commit), "
      + "\(run.started.formatted(.iso8601)), \(NumberText.count(run.cells, "cell"))"
  }

  // MARK: - Tables

  /// A table whose rows begin with the parts of a place in which the cells of the comparison differ.
  private func table<Row>(
    _ title: String, _ rows: [Row], _ columns: [TextTable.Column],
    place: (Row) -> (dataset: String, name: String, k: Int, mode: String), fields: (Row) -> [String]
  ) -> TextTable {
    let first: [TextTable.Column] =
      (varies.dataset ? [.text("dataset")] : []) + [.text(title)] + (varies.k ? [.number("k")] : [])
      + (varies.mode ? [.text("mode")] : [])
    return TextTable(
      columns: first + columns,
      rows: rows.map { row in
        let place = place(row)
        return (varies.dataset ? [place.dataset] : []) + [place.name] + (varies.k ? ["\(place.k)"] : [])
          + (varies.mode ? [place.mode] : []) + fields(row)
      })
  }

  private typealias Place = (dataset: String, name: String, k: Int, mode: String)

  private static func place(_ subject: CellSubject, _ name: String) -> Place {
    (subject.dataset, name, subject.k, subject.mode.text(threads: subject.threads))
  }

  private static func place(_ front: FrontComparison) -> Place {
    let name =
      (front.baseVariant == front.headVariant ? front.headVariant : "\(front.baseVariant) → \(front.headVariant)")
      + (front.stage.map { ", \($0)" } ?? "")
    return (front.dataset, name, front.k, front.mode.text(threads: front.threads))
  }

  private func cells(_ cells: [CellComparison]) -> TextTable {
    let figures = Figure.compared.filter { figure in
      !figure.isShare && cells.contains { $0.quotients[figure] != nil }
    }
    return table(
      "cell", cells, [.number("recall"), .number("points")] + figures.map { .number($0.ratioTitle) },
      place: { Self.place($0.subject, $0.name) },
      fields: { cell in
        [cell.recall.map { NumberText.fixed($0.head, 4) } ?? "", Self.points(cell.recall)]
          + figures.map { Self.ratio(cell.quotients[$0]) }
      })
  }

  private func levels(_ fronts: [FrontComparison]) -> TextTable {
    let levels = fronts.flatMap { front in
      front.levels.filter { $0.base != nil || $0.head != nil }.map { (front: front, level: $0) }
    }
    return table(
      "index", levels,
      [.text("figure"), .number("recall"), .number("base"), .number("head"), .number("ratio")],
      place: { Self.place($0.front) },
      fields: { front, level in
        [
          front.figure.name, "\(level.recall)", level.base.map(NumberText.significant) ?? "not reached",
          level.head.map(NumberText.significant) ?? "not reached", Self.ratio(level.quotient),
        ]
      })
  }

  private func dominance(_ fronts: [FrontComparison]) -> TextTable {
    table(
      "index", fronts,
      [.text("figure"), .text("verdict"), .number("ratio"), .number("over recall"), .number("recall up to")],
      place: Self.place,
      fields: { front in
        let dominance = front.dominance
        let reaches = [dominance.baseReaches, dominance.headReaches].map { NumberText.fixed($0, 4) }.distinct
        guard let range = dominance.range, let speedup = dominance.meanSpeedup else {
          let reason = front.refusals.isEmpty ? "no recall that both reach" : "times not compared"
          return [front.figure.name, reason, "", "", reaches.joined(separator: " → ")]
        }
        let winner =
          switch dominance.winner {
          case .head: "the head is above"
          case .base: "the base is above"
          case .equal: "alike"
          case .none, .unknown: "the fronts cross"
          }
        return [
          front.figure.name, winner, NumberText.fixed(speedup, 3),
          "\(NumberText.fixed(range.low, 3))…\(NumberText.fixed(range.high, 3))", reaches.joined(separator: " → "),
        ]
      })
  }

  private func worst(_ cells: [CellComparison]) -> TextTable {
    typealias Loss = (cell: CellComparison, query: QueryComparison)
    func lost(_ query: QueryComparison) -> Double { query.baseRecall - query.headRecall }
    var queries: [Loss] = []
    for cell in cells { queries += cell.worstQueries.filter { lost($0) > 0 }.map { (cell: cell, query: $0) } }
    queries.sort { lost($0.query) > lost($1.query) }
    return table(
      "cell", Array(queries.prefix(10)),
      [
        .number("query"), .number("recall before"), .number("recall now"), .number("ms before"), .number("ms now"),
      ], place: { (loss: Loss) in Self.place(loss.cell.subject, loss.cell.name) },
      fields: { (loss: Loss) in
        let query = loss.query
        return [
          String(query.query), NumberText.significant(query.baseRecall), NumberText.significant(query.headRecall),
          query.baseMilliseconds.map(NumberText.significant) ?? "",
          query.headMilliseconds.map(NumberText.significant) ?? "",
        ]
      })
  }

  private func unmatched(_ comparison: Comparison) -> TextTable {
    func absent(_ run: Comparison.Run) -> String { run.isFinished ? "not asked for" : "not reached" }
    return table(
      "cell", comparison.unmatched, [.text("base"), .text("head"), .text("why")],
      place: { Self.place($0.subject, $0.name) },
      fields: { cell in
        [cell.base?.rawValue ?? absent(comparison.base), cell.head?.rawValue ?? absent(comparison.head), cell.error]
      })
  }

  // MARK: - Words

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
