import Bench

/// Escapes text for HTML and its scripts, because names of datasets and indexes are arbitrary text.
///
/// It is written here, because Foundation has no escaping for HTML on Linux.
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
  /// In JSON, `<` occurs only within strings, where it may be escaped; no text can then end the element or begin a
  /// comment.
  static func script(_ value: JSON) -> String { value.text.replacing("<", with: "\\u003c") }

  /// A program as the content of a `<script>`: `</script` occurs there only within strings and patterns, where `\/`
  /// means `/`.
  static func script(_ program: String) -> String { program.replacing("</script", with: "<\\/script") }
}
