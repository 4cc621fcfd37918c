/// Lays out texts for people: filled paragraphs and tables of two columns.
enum TextLayout {
  /// A left column that is wider stands on a line of its own, where the right one is filled.
  private static let mostLeftWidth = 24

  /// Two columns, indented; the second starts at the same place in each line.
  ///
  /// - Parameter width: that the second column is filled to; nil to leave it as it is.
  static func columns(_ rows: [(String, String)], width: Int? = nil) -> String {
    guard let width else {
      let left = rows.map { $0.0.count }.max() ?? 0
      return rows.map { "  \(padded($0.0, to: left))  \($0.1)" }.joined(separator: "\n")
    }
    let left = rows.map { $0.0.count }.filter { $0 <= mostLeftWidth }.max() ?? mostLeftWidth
    let indent = String(repeating: " ", count: left + 4)
    return rows.map { name, text in
      let lines = filled(text, width: max(width - indent.count, 20))
      let isShort = name.count <= left
      let head = isShort ? "  \(padded(name, to: left))  \(lines.first ?? "")" : "  \(name)"
      return ([head] + lines.dropFirst(isShort ? 1 : 0).map { indent + $0 }).joined(separator: "\n")
    }.joined(separator: "\n")
  }

  /// A paragraph, filled; one that begins with two spaces stays as it is.
  static func paragraph(_ text: String, width: Int) -> String {
    text.hasPrefix("  ") ? text : filled(text, width: width).joined(separator: "\n")
  }

  /// The words of a text in lines that are at most so wide, unless a word alone is wider.
  static func filled(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    for word in text.split(whereSeparator: \.isWhitespace) {
      if let line = lines.last, line.count + 1 + word.count <= width {
        lines[lines.count - 1] = "\(line) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }

  private static func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(width - text.count, 0))
  }
}
