import Bench

/// Results as lines and tables for a terminal.
struct TextExporter<Results: Readable>: Exporter {
  let format = "text"
  let fileEnding = "txt"
  let meaning = "text, for a terminal"

  func export(_ results: Results) -> Exported { .text(results.text) }
}

/// Results that a terminal can show.
protocol Readable {
  var text: String { get }
}

/// Results that a terminal, a pull request and a page can show.
protocol Documented: Readable {
  var document: TextDocument { get }
}

extension Documented {
  var text: String { document.text }
  var markdown: String { document.markdown }
}
