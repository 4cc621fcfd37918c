import Bench

extension TextTable {
  /// The table in GitHub's Markdown, for a pull request.
  var markdown: String {
    func line(_ fields: [String]) -> String { "| \(fields.map(Self.escaped).joined(separator: " | ")) |\n" }
    return line(columns.map(\.title)) + line(columns.map { $0.isNumber ? "---:" : "---" })
      + rows.map(line).joined()
  }

  /// Escapes a name, since names come from users' files: no part of it may end a field, or be read as a tag, a link, an
  /// image or code.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text.printable.unicodeScalars {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case "\\", "`", "*", "[", "]", "|": escaped += "\\\(character)"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }
}

extension TextTable {
  /// The table as HTML, for a page.
  var html: String {
    func line(_ fields: [String], _ element: String) -> String {
      let fields = zip(columns, fields).map { column, field in
        let title = element == "td" ? " data-title=\"\(HTML.escaped(column.title))\"" : " scope=\"col\""
        return "<\(element)\(title)\(column.isNumber ? "" : " class=\"text\"")>\(HTML.escaped(field))</\(element)>"
      }
      return "<tr>\(fields.joined())</tr>\n"
    }
    return """
      <table class="figures"><thead>
      \(line(columns.map(\.title), "th"))</thead><tbody>
      \(rows.map { line($0, "td") }.joined())</tbody></table>

      """
  }
}

/// A document of headings, lines and tables, for the terminal and for a pull request.
struct TextDocument {
  private(set) var text = ""
  private(set) var markdown = ""

  mutating func heading(_ title: String) {
    let title = title.printable
    text += text.isEmpty ? "\(title)\n" : "\n\(title)\n"
    markdown += markdown.isEmpty ? "### \(TextTable.escaped(title))\n\n" : "\n#### \(TextTable.escaped(title))\n\n"
  }

  mutating func line(_ line: String) {
    let line = line.printable
    text += line + "\n"
    markdown += "- \(TextTable.escaped(line))\n"
  }

  /// Adds a table, unless it has no rows.
  mutating func table(_ table: TextTable) {
    guard !table.rows.isEmpty else { return }
    text += table.fitted
    // A preceding list must end with an empty line.
    markdown += (markdown.hasSuffix("\n\n") ? "" : "\n") + table.markdown
  }
}
