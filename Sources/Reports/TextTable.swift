import Bench

/// A table of aligned columns for the terminal, which neither Swift nor Foundation has.
struct TextTable {
  struct Column: Sendable {
    let title: String
    /// Whether the column has numbers, which are aligned to the right.
    let isNumber: Bool

    static func text(_ title: String) -> Column { Column(title: title, isNumber: false) }
    static func number(_ title: String) -> Column { Column(title: title, isNumber: true) }
  }

  let columns: [Column]
  /// The rows, with one field for each column.
  var rows: [[String]] = []

  /// The greatest length of a field. Longer fields are cut off, because all lines would become as long.
  private static let longestField = 400

  /// The titles and the rows; each line ends with a line break.
  var text: String {
    let lines = [columns.map(\.title)] + rows.map { $0.map(Self.shown) }
    let widths = columns.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { line in
      let fields = columns.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - line[column].count)
        return columns[column].isNumber ? padding + line[column] : line[column] + padding
      }
      return fields.joined(separator: "  ") + "\n"
    }.joined()
  }

  /// The width of a terminal in characters.
  private static let terminalWidth = 80

  /// The table for a terminal, at most 80 characters wide where its fields allow it.
  ///
  /// A table that is wider names the columns that have one value in a line above itself; when it is still too wide,
  /// each row becomes a block: its texts, and below them its numbers with their titles.
  var fitted: String {
    guard !isNarrow, !rows.isEmpty else { return text }
    let shared = columns.indices.filter { column in
      rows.count > 1 && rows.allSatisfy { $0[column] == rows[0][column] }
    }
    let titles = shared.filter { !rows[0][$0].isEmpty }.map { "\(columns[$0].title) \(Self.shown(rows[0][$0]))" }
    let rest = columns.indices.filter { !shared.contains($0) }
    let table = TextTable(columns: rest.map { columns[$0] }, rows: rows.map { row in rest.map { row[$0] } })
    return (titles.isEmpty ? "" : "\(titles.joined(separator: ", "))\n") + (table.isNarrow ? table.text : table.blocks)
  }

  private var isNarrow: Bool { text.split(separator: "\n").allSatisfy { $0.count <= Self.terminalWidth } }

  /// A block of lines for each row; empty fields are left out.
  private var blocks: String {
    rows.map { row in
      let fields = zip(columns, row).map { ($0, Self.shown($1)) }.filter { !$0.1.isEmpty }
      let texts = fields.filter { !$0.0.isNumber }.map(\.1)
      let numbers = fields.filter(\.0.isNumber).map { "\($0.title) \($1)" }
      return Self.wrapped(texts, separator: "  ", indent: "") + Self.wrapped(numbers, separator: ", ", indent: "  ")
    }.joined()
  }

  /// Lines of as many parts as fit.
  private static func wrapped(_ parts: [String], separator: String, indent: String) -> String {
    var lines: [String] = []
    for part in parts {
      if let last = lines.last, last.count + separator.count + part.count <= terminalWidth {
        lines[lines.count - 1] = last + separator + part
      } else {
        lines.append((lines.isEmpty ? indent : "  ") + part)
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private static func shown(_ field: String) -> String {
    let field = field.printable
    guard field.utf8.count > longestField, field.count > longestField else { return field }
    return field.prefix(longestField - 1) + "…"
  }
}
