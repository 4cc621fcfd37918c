import Bench

/// Text as HTML and its scripts take it: names of datasets and indexes are whatever somebody typed.
enum HTML {
  /// Text as the content of an element or of a quoted attribute.
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text.printableLines.unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }

  /// A value as the content of a `<script type="application/json">`.
  ///
  /// `<` stands in JSON within texts alone, where it may be written so: nothing ends the element, or begins a comment.
  static func script(_ value: JSON) -> String { value.text.replacing("<", with: "\\u003c") }

  /// A program as the content of a `<script>`: `</script` stands there within texts and patterns, where `\/` is `/`.
  static func script(_ program: String) -> String { program.replacing("</script", with: "<\\/script") }
}
