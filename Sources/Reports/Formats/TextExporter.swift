import Bench

/// Results that people read, as lines and tables for a terminal.
struct TextExporter<Results: Readable>: Exporter {
  let format = "text"
  let fileEnding = "txt"
  let meaning = "text, for a terminal"

  func export(_ results: Results) -> Exported { .text(results.text) }
}

/// What a terminal shows.
protocol Readable {
  var text: String { get }
}

/// What a terminal, a pull request and a page show.
protocol Documented: Readable {
  var document: TextDocument { get }
}

extension Documented {
  var text: String { document.text }
  var markdown: String { document.markdown }
}
