import Bench
import Foundation

/// The comparison with a base on a report's page: the verdict, then the changed cells, the worst first, with the ratios
/// of their speeds as a forest plot.
///
/// Source: S. Lewis and M. Clarke, "Forest plots: trying to see the wood and the trees", BMJ 322, 2001,
/// https://doi.org/10.1136/bmj.322.7300.1479.
struct ComparisonSection {
  private let comparison: Comparison
  private let changes: ComparisonChanges
  private let axis: ForestAxis
  private let text: ComparisonText
  private let figures: [Figure]

  /// The number of changed cells that are shown; further ones are folded.
  private static let mostRows = 12

  init(_ comparison: Comparison) {
    self.comparison = comparison
    text = ComparisonText(comparison)
    changes = ComparisonChanges(comparison)
    axis = ForestAxis(comparison.cells.compactMap { $0.quotients[.qps]?.ratio })
    figures = [.p99, .build, .indexBytes, .insertRate].filter { figure in
      comparison.cells.contains { $0.quotients[figure] != nil }
    }
  }

  var html: String {
    let changed = changes.worse + changes.better
    let first = changed.prefix(Self.mostRows)
    let rest = changed.dropFirst(Self.mostRows)
    return """
      <section class="card comparison" aria-labelledby="comparison-title">
      <h2 id="comparison-title">\(HTML.escaped("\(comparison.base.name) → \(comparison.head.name)"))</h2>
      <p class="verdict"><strong>\(HTML.escaped(changes.verdict.prefix(1).uppercased() + changes.verdict.dropFirst()))</strong></p>
      \(text.remarks.map { "<p class=\"quiet\">\(HTML.escaped($0))</p>" }.joined(separator: "\n"))
      \(first.isEmpty ? "" : table(Array(first)))
      \(folded("\(rest.count) further changed cells", Array(rest)))
      \(folded(NumberText.count(changes.unchanged.count, "unchanged cell"), changes.unchanged))
      \(text.tables.map { title, table in
        "<details><summary>\(HTML.escaped(title))</summary>\n\(table.html)</details>"
      }.joined(separator: "\n"))
      <p class="quiet">\(HTML.escaped(text.runs.joined(separator: "; ")))</p>
      </section>
      """
  }

  private func folded(_ title: String, _ cells: [CellComparison]) -> String {
    cells.isEmpty ? "" : "<details><summary>\(HTML.escaped(title))</summary>\n\(table(cells))</details>"
  }

  private func table(_ cells: [CellComparison]) -> String {
    let titles = ["recall, points"] + figures.map(\.ratioTitle)
    return """
      <table class="figures forest"><thead><tr><th scope="col" class="text">cell</th>\
      <th scope="col" class="plot">\(axis.head)</th><th scope="col">qps</th>\
      \(titles.map { "<th scope=\"col\">\(HTML.escaped($0))</th>" }.joined())</tr></thead><tbody>
      \(cells.map(row).joined(separator: "\n"))
      </tbody></table>
      """
  }

  private func row(_ cell: CellComparison) -> String {
    func field(_ title: String, _ text: String, isChanged: Bool) -> String {
      "<td data-title=\"\(HTML.escaped(title))\"\(isChanged ? " class=\"changed\"" : "")>\(HTML.escaped(text))</td>"
    }
    func field(_ figure: Figure) -> String {
      let quotient = cell.quotients[figure]
      return field(
        figure.ratioTitle, ComparisonText.ratio(quotient), isChanged: quotient.map(ComparisonChanges.isChanged) ?? false
      )
    }
    return """
      <tr><th scope="row" class="text" title="\(HTML.escaped(full(cell)))">\(HTML.escaped(cell.name)) \
      <small>\(HTML.escaped(text.place(cell)))</small></th>\
      <td class="plot">\(axis.bar(cell.quotients[.qps]))</td>\(field(.qps))\
      \(field("recall, points", ComparisonText.points(cell.recall), isChanged: cell.recall.map(ComparisonChanges.isChanged) ?? false))\
      \(figures.map(field).joined())</tr>
      """
  }

  /// The cell in full.
  private func full(_ cell: CellComparison) -> String {
    let subject = cell.subject
    return "\(subject.dataset), \(cell.label), k = \(subject.k), \(subject.mode.rawValue), "
      + "\(NumberText.count(subject.threads, "thread")), seed \(subject.seed)"
  }
}

/// The logarithmic axis of a forest plot, with a line at 1; intervals never set it.
private struct ForestAxis {
  private static let width = 220.0
  private let reach: Double

  init(_ ratios: [Double]) {
    let reach = ratios.filter { $0 > 0 && $0.isFinite }.map { abs(log($0)) }.max() ?? 0
    self.reach = max(1.15 * reach, log(1.05))
  }

  private func place(_ ratio: Double) -> Double {
    Self.width / 2 * (1 + min(max(log(ratio) / reach, -1), 1))
  }

  private func text(_ place: Double) -> String { NumberText.fixed(place, 1) }

  /// The ends of the axis and 1, for the head of the table.
  var head: String {
    let marks = [
      (2.0, "start", exp(-reach / 1.15)), (Self.width / 2, "middle", 1), (Self.width - 2, "end", exp(reach / 1.15)),
    ]
    let texts = marks.map { place, anchor, ratio in
      "<text x=\"\(text(place))\" y=\"12\" text-anchor=\"\(anchor)\">\(ratio == 1 ? "1" : NumberText.fixed(ratio, 2))</text>"
    }
    return svg(height: 16, title: "queries per second, head ÷ base, logarithmic", texts.joined())
  }

  /// A ratio as a point with its interval.
  func bar(_ quotient: Quotient?) -> String {
    guard let quotient else { return "" }
    let (low, high) = (quotient.interval?.low ?? quotient.ratio, quotient.interval?.high ?? quotient.ratio)
    let kind = high < 1 ? "worse" : low > 1 ? "better" : "same"
    return svg(
      height: 16, title: "queries per second: \(ComparisonText.ratio(quotient))",
      """
      <path class="one" d="M\(text(Self.width / 2)),0v16"/><path class="\(kind)" \
      d="M\(text(place(low))),8H\(text(place(high)))"/><circle class="\(kind)" cx="\(text(place(quotient.ratio)))" cy="8" r="4"/>
      """)
  }

  private func svg(height: Int, title: String, _ content: String) -> String {
    "<svg viewBox=\"0 0 \(Int(Self.width)) \(height)\" role=\"img\"><title>\(HTML.escaped(title))</title>\(content)</svg>"
  }
}
