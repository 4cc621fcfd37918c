import Bench

/// The common style of all charts: colours, shapes, and the tooltip of a cell.
enum ChartStyle {
  /// Ten colours that can be distinguished on white and on black; more indexes repeat them with another shape.
  ///
  /// Source: Tableau 10, https://vega.github.io/vega/docs/schemes/#tableau10
  private static let colors = [
    "#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#b279a2", "#eeca3b", "#ff9da6", "#9d755d", "#79706e",
  ]
  private static let shapes = [
    "circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left",
  ]

  /// The colour of each index, whatever else is shown.
  static func color(_ variants: [String]) -> JSON { channel(variants, colors) }

  /// The shape of each index, since colours alone cannot be distinguished by everybody, nor on paper.
  static func shape(_ variants: [String]) -> JSON { channel(variants, shapes) }

  private static func channel(_ variants: [String], _ values: [String]) -> JSON {
    [
      "field": "variant", "type": "nominal", "title": nil,
      "scale": [
        "domain": .list(variants.map { .text($0) }),
        "range": .list(variants.indices.map { .text(values[$0 % values.count]) }),
      ],
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
