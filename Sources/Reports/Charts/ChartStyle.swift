import Bench

/// The common style of all charts: colours, shapes, and the tooltip of a cell.
enum ChartStyle {
  /// Twelve colours with a contrast of at least 3.4 to the page's ground, light and dark.
  private static let colors = [
    "#3b7dd8", "#d9660f", "#2e9a4b", "#d6454b", "#0f93a5", "#9563c9", "#a87f0a", "#d4559b", "#96694c", "#76808c",
    "#6f9410", "#5b6fe0",
  ]
  private static let shapes = [
    "circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left",
  ]

  /// How an index is drawn.
  struct Mark: Equatable {
    let color: String
    /// The name of a shape, since colours alone cannot be distinguished by everybody, nor on paper.
    let shape: String
  }

  /// The mark of each index, which follows from its name, so that an index looks the same on all pages.
  ///
  /// Another one is taken only when a second index of the view claims the same colour: the indexes choose in the order
  /// of their names, and take the next colour that is free. After all colours are taken, the next shape begins.
  static func marks(_ variants: [String]) -> [Mark] {
    var taken: Set<Int> = []
    var marks: [String: Mark] = [:]
    for name in variants.sorted() where marks[name] == nil {
      let first = Int(hash(name) >> 16) % colors.count
      let count = colors.count * shapes.count
      let round = taken.count / colors.count
      let place =
        (0..<colors.count).map { round * colors.count + (first + $0) % colors.count }.first { !taken.contains($0) }
        ?? taken.count
      taken.insert(place)
      // A colour has another shape in each round, and neighbouring colours have different ones.
      let shape = (place % count / colors.count + place) % shapes.count
      marks[name] = Mark(color: colors[place % colors.count], shape: shapes[shape])
    }
    return variants.map { marks[$0] ?? Mark(color: colors[0], shape: shapes[0]) }
  }

  /// FNV-1a of 32 bits. The start is one with which the indexes that are often measured together differ in colour.
  private static func hash(_ name: String) -> UInt32 {
    name.utf8.reduce(34_782) { ($0 ^ UInt32($1)) &* 16_777_619 }
  }

  /// The colour of each index, whatever else is shown.
  static func color(_ variants: [String]) -> JSON { channel(variants, marks(variants).map(\.color)) }

  /// The shape of each index.
  static func shape(_ variants: [String]) -> JSON { channel(variants, marks(variants).map(\.shape)) }

  private static func channel(_ variants: [String], _ values: [String]) -> JSON {
    [
      "field": "variant", "type": "nominal", "title": nil,
      "scale": ["domain": .list(variants.map { .text($0) }), "range": .list(values.map { .text($0) })],
    ]
  }

  /// The recall axis, which does not start at zero, because low recalls are of no interest.
  static let recall: JSON = [
    "field": "recall", "type": "quantitative", "title": "recall",
    "scale": ["zero": false, "nice": false, "padding": 12],
    "axis": ["format": ".5~f"],
  ]

  /// A logarithmic axis.
  static func logarithmic(_ field: String, title: String, format: String) -> JSON {
    [
      "field": .text(field), "type": "quantitative", "title": .text(title),
      "scale": ["type": "log", "nice": false, "padding": 12],
      "axis": ["format": .text(format), "labelOverlap": true, "tickCount": 6],
    ]
  }

  /// The figures with their intervals as texts, for `tooltip`.
  static let intervals: [JSON] = [
    interval("recall", "recall", digits: ".4f", as: "recall_text"),
    interval("qps", "qps", digits: ",.0f", as: "qps_text"), interval("p99", "p99", digits: ".3~f", as: "p99_text"),
  ]

  private static func interval(_ field: String, _ prefix: String, digits: String, as name: String) -> JSON {
    let figures = ["\(field)", "\(prefix)_low", "\(prefix)_high"].map { "format(datum.\($0), '\(digits)')" }
    return ["calculate": .text("\(figures[0]) + ' (' + \(figures[1]) + '–' + \(figures[2]) + ')'"), "as": .text(name)]
  }

  /// The tooltip of a cell; it needs `intervals`.
  static let tooltip: JSON = [
    told("variant", "index"), told("build", "build"), told("search", "search"), told("recall_text", "recall (95 %)"),
    told("qps_text", "queries/s (95 %)"), told(.p50, ".3~f"), told("p99_text", "p99 ms (95 %)"),
    told(.build, ".3~f"), told(Figure.indexBytes.member, "index MB", ".4~r"), told("seed", "seed"),
    told("noise", "noise"),
  ]

  static func told(_ figure: Figure, _ format: String) -> JSON { told(figure.member, figure.title, format) }

  static func told(_ field: String, _ title: String, _ format: String? = nil) -> JSON {
    var channel: JSON = ["field": .text(field), "type": "nominal", "title": .text(title)]
    if let format {
      channel["type"] = "quantitative"
      channel["format"] = .text(format)
    }
    return channel
  }

  /// The style of axes, titles and legends; the page replaces the colours with its own, light or dark.
  static let config: JSON = [
    "font": "Helvetica Neue, Arial, Liberation Sans, sans-serif",
    "background": "white",
    "view": ["stroke": nil],
    "title": ["anchor": "start", "fontSize": 15, "subtitleFontSize": 12, "subtitleColor": "#5b6470", "offset": 12],
    "axis": [
      "gridColor": "#e4e7eb", "domainColor": "#9aa3ad", "tickColor": "#9aa3ad", "labelColor": "#333b44",
      "titleColor": "#333b44", "labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": "normal",
    ],
    "legend": [
      "orient": "bottom", "columns": 4, "symbolLimit": 0, "labelLimit": 220, "labelFontSize": 12,
      "symbolOpacity": 1,
    ],
  ]
}
