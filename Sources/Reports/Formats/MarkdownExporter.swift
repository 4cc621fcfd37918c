import Bench

/// Results that have a document, in GitHub's Markdown.
struct MarkdownExporter<Results: Documented>: Exporter {
  let format = "md"
  let fileEnding = "md"
  let meaning = "Markdown, for a pull request"

  func export(_ results: Results) -> Exported { .text(results.markdown) }
}
