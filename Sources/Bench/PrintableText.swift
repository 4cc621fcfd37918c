/// Escapes characters that would control a terminal or a page, since names come from files that others wrote.
///
/// It is written here, because Foundation has no escaping for terminals, and none that covers bidirectional marks.
extension String {
  /// The text on one line, in which control characters and bidirectional marks are written as `\u{1B}`.
  public var printable: String { spelledOut(keepingLines: false) }

  /// The same for a text of several lines: line breaks, also those of CSV, and tabs are kept.
  public var printableLines: String { spelledOut(keepingLines: true) }

  private func spelledOut(keepingLines: Bool) -> String {
    let scalars = unicodeScalars
    guard scalars.contains(where: { $0.isObeyed && !(keepingLines && $0 == "\n") }) else { return self }
    var result = String.UnicodeScalarView()
    var place = scalars.startIndex
    while place < scalars.endIndex {
      let scalar = scalars[place]
      place = scalars.index(after: place)
      let endsLine = scalar == "\r" && place < scalars.endIndex && scalars[place] == "\n"
      if scalar.isObeyed, !(keepingLines && (scalar == "\n" || scalar == "\t" || endsLine)) {
        result.append(contentsOf: scalar.spelling.unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }
}

extension Unicode.Scalar {
  /// Whether the character controls a terminal or a page: C0 and C1 controls, line separators, and bidirectional marks.
  ///
  /// Source: Unicode Technical Report 36, section 2.4, and Unicode Standard Annex 9, table 4.
  fileprivate var isObeyed: Bool {
    switch value {
    case ..<0x20, 0x7F...0x9F, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  fileprivate var spelling: String {
    switch self {
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    default: "\\u{\(String(value, radix: 16, uppercase: true))}"
    }
  }
}

extension String {
  /// A JSON text in which these characters are escaped as `\u009b`, which does not change its meaning.
  public var printableJSON: String {
    // JSON itself escapes the first 32 controls; the others are DEL and characters beyond ASCII.
    guard utf8.contains(where: { $0 >= 0x7F }), unicodeScalars.contains(where: { $0.value >= 0x7F && $0.isObeyed })
    else { return self }
    var result = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      guard scalar.value >= 0x7F, scalar.isObeyed else {
        result.append(scalar)
        continue
      }
      let digits = String(scalar.value, radix: 16)
      result.append(contentsOf: "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".unicodeScalars)
    }
    return String(result)
  }
}
