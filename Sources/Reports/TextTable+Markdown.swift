extension TextTable {
  /// The same as a table of GitHub's Markdown, for a pull request.
  var markdown: String {
    func line(_ fields: [String]) -> String { "| \(fields.map(Self.escaped).joined(separator: " | ")) |\n" }
    return line(columns.map(\.title)) + line(columns.map { $0.isNumber ? "---:" : "---" })
      + rows.map(line).joined()
  }

  /// Names come from files of users: nothing in them may end a field or mean a tag.
  static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("|", with: "\\|")
      .replacing("\n", with: " ")
  }
}

/// A document of headings, lines and tables, for the terminal or for a pull request.
struct TextDocument {
  private(set) var text = ""
  private(set) var markdown = ""

  mutating func heading(_ title: String) {
    text += text.isEmpty ? "\(title)\n" : "\n\(title)\n"
    markdown += markdown.isEmpty ? "### \(TextTable.escaped(title))\n\n" : "\n#### \(TextTable.escaped(title))\n\n"
  }

  mutating func line(_ line: String) {
    text += line + "\n"
    markdown += "- \(TextTable.escaped(line))\n"
  }

  /// Nothing where it has no rows.
  mutating func table(_ table: TextTable) {
    guard !table.rows.isEmpty else { return }
    text += table.text
    // A list before it ends with an empty line.
    markdown += (markdown.hasSuffix("\n\n") ? "" : "\n") + table.markdown
  }
}
