/// A path from elsewhere that names a file below a folder here, and nothing outside it.
struct RelativePath: Sendable, Hashable {
  let text: String

  /// - Returns: nil for what could lead out of the folder or be mistaken for another name: an absolute path, `..`, empty
  ///   parts, `\`, characters that are not seen, parts of more than 255 bytes, and the names of unfinished downloads.
  init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard text.utf8.count <= 1_024, parts.allSatisfy(Self.isSafe) else { return nil }
    self.text = text
  }

  /// Between the slashes.
  var parts: [Substring] { text.split(separator: "/") }

  /// Whether it is hidden, or in a hidden folder.
  var isHidden: Bool { parts.contains { $0.hasPrefix(".") } }

  private static func isSafe(_ part: Substring) -> Bool {
    guard !part.isEmpty, part != ".", part != "..", part.utf8.count <= 255, !part.hasSuffix(PartialFile.suffix) else {
      return false
    }
    return part.unicodeScalars.allSatisfy { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
      default: scalar != "\\"
      }
    }
  }
}
