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

  private static func shown(_ field: String) -> String {
    let field = field.printable
    guard field.utf8.count > longestField, field.count > longestField else { return field }
    return field.prefix(longestField - 1) + "…"
  }
}
