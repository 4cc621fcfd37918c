import Foundation
import YAML

extension AcceptedChange {
  static let key = "accepted"

  /// Reads an entry of `accepted`.
  init(_ node: YAMLNode) throws(YAMLError) {
    try node.allowKeys([
      "dataset", "index", "figure", "k", "mode", "threads", "base", "date", "reason", "changes",
    ])
    dataset = try node.required("dataset").string()
    index = try node.required("index").string()
    let named = try node.required("figure")
    figure = try named.string()
    let known = Figure.compared.map(\.name) + [GateReport.Check.measured]
    guard known.contains(figure) else {
      throw named.error(.invalidValue(figure, expected: "one of \(known.joined(separator: ", "))"))
    }
    k = try node.required("k").integer()
    let modeNode = try node.required("mode")
    guard let mode = SearchMode(rawValue: try modeNode.string()) else {
      throw modeNode.error(.invalidValue(try modeNode.string(), expected: "single or batch"))
    }
    self.mode = mode
    threads = try node.required("threads").integer()
    base = try node.required("base").string()
    date = try node.required("date").string()
    reason = try node.required("reason").string()
    parts = try node.required("changes").sequence().map { (node) throws(YAMLError) in
      try node.allowKeys(["of", "change"])
      return Part(
        subject: try node.required("of").string(), amount: try Self.amount(try node.required("change")))
    }
  }

  /// Reads `-7.1%`, `-0.52 points`, or the ending of a cell.
  private static func amount(_ node: YAMLNode) throws(YAMLError) -> Amount {
    let text = try node.string()
    if text.hasSuffix(percent), let value = Double(text.dropLast(percent.count)), value > -100, value.isFinite {
      return .ratio(1 + value / 100)
    }
    if text.hasSuffix(points), let value = Double(text.dropLast(points.count)), abs(value) <= 100 {
      return .difference(value / 100)
    }
    let endings = CellStatus.allCases.map(\.rawValue) + [GateReport.Check.notAskedFor, none]
    guard endings.contains(text) else {
      throw node.error(
        .invalidValue(text, expected: "a change like -7.1% or -0.5 points, or \(endings.joined(separator: ", "))"))
    }
    return .ending(text)
  }

  private static let percent = "%"
  private static let points = " points"

  /// The lines of the section `accepted`.
  private static func lines(_ all: [AcceptedChange]) -> [String] {
    all.reduce(into: ["\(key):"]) { lines, change in
      lines += [
        "  - dataset: \(quoted(change.dataset))", "    index: \(quoted(change.index))", "    figure: \(change.figure)",
        "    k: \(change.k)", "    mode: \(change.mode.rawValue)", "    threads: \(change.threads)",
        "    base: \(quoted(change.base))", "    date: \(quoted(change.date))", "    reason: \(quoted(change.reason))",
        "    changes:",
      ]
      lines += change.parts.map { "      - {of: \(quoted($0.subject)), change: \(text($0.amount))}" }
    }
  }

  private static func text(_ amount: Amount) -> String {
    switch amount {
    case .ratio(let ratio): quoted(String(format: "%+.2f%%", 100 * (ratio - 1)))
    case .difference(let difference): quoted(String(format: "%+.3f points", 100 * difference))
    case .ending(let ending): quoted(ending)
    }
  }

  /// A text in double quotes, which YAML and JSON share.
  private static func quoted(_ text: String) -> String {
    text.reduce(into: "\"") { quoted, character in
      switch character {
      case "\"", "\\": quoted += "\\\(character)"
      case _ where character.isNewline: quoted += "\\n"
      default: quoted.append(character)
      }
    } + "\""
  }

  /// The text of a `gate.yml` with these accepted changes in place of its own; everything else stays as it is.
  ///
  /// - Complexity: O(bytes).
  static func replacing(in text: String, with all: [AcceptedChange]) -> String {
    let newline = text.contains("\r\n") ? "\r\n" : "\n"
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
    while lines.last?.isEmpty == true { lines.removeLast() }
    var section = lines.endIndex..<lines.endIndex
    if let start = lines.firstIndex(where: { $0.hasPrefix("\(key):") }) {
      // The section ends before the next key; comments and empty lines above that key belong to the key.
      let next = lines[(start + 1)...].firstIndex { line in line.first.map { !" \t-#".contains($0) } ?? false }
      let last = lines[start..<(next ?? lines.endIndex)].lastIndex { !$0.isEmpty && !$0.hasPrefix("#") } ?? start
      section = start..<(last + 1)
    }
    lines.replaceSubrange(section, with: all.isEmpty ? [] : Self.lines(all))
    return lines.map { $0 + newline }.joined()
  }
}
