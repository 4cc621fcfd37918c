/// The source from which a page loads Vega.
public enum VegaScript: Sendable {
  /// The script is part of the page, which then needs nothing else.
  case embedded(String)
  /// A content delivery network; the browser checks the files' digests and refuses any other content.
  case network

  /// Embedded when it is installed, otherwise from the network.
  public init(_ tools: ChartTools) { self = tools.script().map { .embedded($0) } ?? .network }

  /// Whether the page opens without a network.
  public var isEmbedded: Bool { if case .embedded = self { true } else { false } }

  /// The content delivery network.
  public static let host = "https://cdn.jsdelivr.net"

  /// The files of the npm packages, and the SHA-384 of each in base64.
  ///
  /// The digests were computed from the copies of the same addresses in the wheel of panel 1.9.4 (PyPI).
  static let files: [(path: String, digest: String)] = [
    ("npm/vega@6.1.2/build/vega.min.js", "3Zeq0Gb8jqDivp2a+zwPu5uJJZV+yM0iuorzVFGDPuzChE4tO/3/TecDON0JtQEl"),
    ("npm/vega-lite@6.3.0/build/vega-lite.min.js", "XvyB+gziheLKBtEFV41cTEJKMS0HanHcNPRSOEbYq1CvA5e5aYa1aPNc4hK5lTvU"),
    (
      "npm/vega-embed@7.0.2/build/vega-embed.min.js", "MsH1NE1KRDpmMJCcJ8Ulqhadgiz4lT0GIaHN7DKB1POKAoBhSWywPDQ2sJDkP8M7"
    ),
  ]

  /// The HTML elements that load Vega.
  var elements: String {
    switch self {
    case .embedded(let program): "<script type=\"module\">\(HTML.script(program))</script>"
    case .network:
      Self.files.map { path, digest in
        "<script src=\"\(Self.host)/\(path)\" integrity=\"sha384-\(digest)\" crossorigin=\"anonymous\"></script>"
      }.joined(separator: "\n")
    }
  }

  /// The page's content security policy: without a content delivery network, the page may load nothing at all, whatever
  /// a script in it tries.
  ///
  /// Vega compiles expressions, which needs `unsafe-eval`.
  var contentPolicy: String {
    let scripts = isEmbedded ? "" : " \(Self.host)"
    return "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'\(scripts); style-src 'unsafe-inline'; "
      + "img-src data: blob:; base-uri 'none'; form-action 'none'"
  }
}
