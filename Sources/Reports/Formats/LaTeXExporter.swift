import Bench

/// Tables of results in LaTeX, for a paper; a comment before each says what it shows.
struct LaTeXExporter<Results>: Exporter {
  let format = "latex"
  let fileEnding = "tex"
  let meaning: String
  private let tables: @Sendable (Results) -> [(title: String, table: TextTable)]

  init(_ meaning: String, _ tables: @escaping @Sendable (Results) -> [(title: String, table: TextTable)]) {
    self.meaning = meaning
    self.tables = tables
  }

  func export(_ results: Results) -> Exported {
    .text(
      tables(results).map { title, table in (title.isEmpty ? "" : "% \(title.printable)\n") + table.latex }
        .joined(separator: "\n"))
  }
}

extension TextTable {
  /// The table as a `tabular` with the rules of the package booktabs.
  ///
  /// Source: Simon Fear, "Publication quality tables in LaTeX", https://ctan.org/pkg/booktabs.
  var latex: String {
    func line(_ fields: [String]) -> String { fields.map(Self.latexEscaped).joined(separator: " & ") + " \\\\\n" }
    return "% Needs \\usepackage{booktabs}.\n"
      + "\\begin{tabular}{\(columns.map { $0.isNumber ? "r" : "l" }.joined())}\n\\toprule\n"
      + line(columns.map(\.title)) + "\\midrule\n" + rows.map(line).joined() + "\\bottomrule\n\\end{tabular}\n"
  }

  /// Escapes a name, since names come from users' files: no part of it may be a command, end a field or begin a comment.
  static func latexEscaped(_ text: String) -> String {
    var escaped = ""
    var last: Unicode.Scalar?
    for character in text.printable.unicodeScalars {
      // Two hyphens would become a dash, and two grave accents or apostrophes a quotation mark.
      if character == last, "-`'".unicodeScalars.contains(character) { escaped += "{}" }
      switch character {
      case "\\": escaped += "\\textbackslash{}"
      case "~": escaped += "\\textasciitilde{}"
      case "^": escaped += "\\textasciicircum{}"
      case "<": escaped += "\\textless{}"
      case ">": escaped += "\\textgreater{}"
      case "|": escaped += "\\textbar{}"
      case "\"": escaped += "\\textquotedbl{}"
      case "{", "}", "$", "&", "#", "_", "%": escaped += "\\\(character)"
      default: escaped.unicodeScalars.append(character)
      }
      last = character
    }
    return escaped
  }
}
