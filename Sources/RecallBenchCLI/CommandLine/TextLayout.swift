/// Lays out texts for people, as filled paragraphs and as tables of two columns.
///
/// It is written here, because Foundation has no text layout on Linux.
enum TextLayout {
  /// The greatest width of the left column. A wider entry gets a line of its own when the right column is filled.
  private static let mostLeftWidth = 24

  /// Two indented columns; the second one starts at the same position in each line.
  ///
  /// - Parameter width: the line width to which the second column is filled; `nil` to leave it unfilled.
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

  /// A filled paragraph; one that begins with two spaces is left as it is.
  static func paragraph(_ text: String, width: Int) -> String {
    text.hasPrefix("  ") ? text : filled(text, width: width).joined(separator: "\n")
  }

  /// The words of a text in lines of at most `width` characters; a longer word gets a line of its own.
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
