import Bench

/// Recall against another figure, with the front of each index: the cells that no other cell of the index exceeds in
/// both.
struct FrontChart: Chart {
  let name: String
  let title: String
  /// The figure that is drawn against recall.
  let figure: Figure
  let axis: String
  let format: String
  /// The members with the ends of the figure's interval.
  var interval: (low: String, high: String)?

  let cells = ChartedCells.all

  static let speed = FrontChart(
    name: "recall-qps", title: "Recall and speed", figure: .qps, axis: "queries per second", format: "~s",
    interval: ("qps_low", "qps_high"))
  static let tailLatency = FrontChart(
    name: "recall-p99", title: "Recall and tail latency", figure: .p99, axis: "p99 of a query, ms", format: "~g",
    interval: ("p99_low", "p99_high"))
  static let size = FrontChart(
    name: "recall-bytes", title: "Recall and size", figure: .indexBytes, axis: "index, MB", format: "~g")

  var meaning: String {
    "Each point is a cell: recall to the right, \(axis) upwards, logarithmic; \(figure.better == .more ? "more" : "less") is better. "
      + "The lines join each index's front, the cells that no other cell of that index beats in both."
  }

  func body(variants: [String]) -> JSON {
    let (field, prefersMore) = (figure.member, figure.better == .more)
    let value = ChartStyle.logarithmic(field, title: axis, format: format)
    let front =
      [
        // From the highest recall downwards, the best value so far: a cell with a worse value is not on the front.
        [
          "window": [["op": prefersMore ? "max" : "min", "field": .text(field), "as": "best"]],
          "sort": [
            ["field": "recall", "order": "descending"],
            ["field": .text(field), "order": prefersMore ? "descending" : "ascending"],
          ],
          "groupby": ["variant"],
        ],
        ["filter": .text("datum.\(field) === datum.best")],
      ] as [JSON]
    var layers: [JSON] = [
      [
        "transform": .list(front), "mark": ["type": "line", "strokeWidth": 2, "interpolate": "linear"],
        "encoding": ["y": value, "order": ["field": "recall", "type": "quantitative"]],
      ]
    ]
    if let interval {
      layers.append([
        "transform": .list(front), "mark": ["type": "rule", "opacity": 0.5],
        "encoding": [
          "y": ChartStyle.logarithmic(interval.low, title: axis, format: format), "y2": ["field": .text(interval.high)],
        ],
      ])
    }
    layers.append([
      "mark": ["type": "point", "filled": true, "opacity": 0.75, "cursor": "pointer", "aria": false],
      "encoding": [
        "y": value, "shape": ChartStyle.shape(variants), "tooltip": ChartStyle.tooltip,
        "size": ["condition": ["test": "datum.cell === picked", "value": 220], "value": 50],
      ],
    ])
    return [
      "transform": .list(ChartStyle.intervals),
      "encoding": ["x": ChartStyle.recall, "color": ChartStyle.color(variants)],
      "layer": .list(layers),
    ]
  }
}
