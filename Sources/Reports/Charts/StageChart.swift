import Bench

/// A figure over the stages of a workload: over the number of stored rows for a `drift`, over the phases for an
/// `ingest`.
struct StageChart: Chart {
  let name: String
  let title: String
  let figure: Figure
  let axis: String
  let format: String
  var isLogarithmic = true
  /// Whether the horizontal axis shows rows; otherwise it shows phases.
  let isOverRows: Bool

  let cells = ChartedCells.stages

  static let driftRecall = StageChart(
    name: "drift-recall", title: "Recall while the distribution moves", figure: .recall, axis: "recall",
    format: ".3~f", isLogarithmic: false, isOverRows: true)
  static let driftSpeed = StageChart(
    name: "drift-qps", title: "Speed while the distribution moves", figure: .qps, axis: "queries per second",
    format: "~s", isOverRows: true)
  static let ingestRecall = StageChart(
    name: "ingest-recall", title: "Recall while vectors are written", figure: .recall, axis: "recall", format: ".3~f",
    isLogarithmic: false, isOverRows: false)
  static let ingestSpeed = StageChart(
    name: "ingest-qps", title: "Speed while vectors are written", figure: .qps, axis: "queries per second",
    format: "~s", isOverRows: false)
  static let ingestTail = StageChart(
    name: "ingest-p99", title: "Tail latency while vectors are written", figure: .p99, axis: "p99 of a query, ms",
    format: "~g", isOverRows: false)
  static let ingestWrites = StageChart(
    name: "ingest-writes", title: "Time of a written batch", figure: .insertP99, axis: "p99 of a batch, ms",
    format: "~g", isOverRows: false)

  var meaning: String {
    isOverRows
      ? "Each point is a step: the stored rows to the right, \(axis) upwards. An index that is trained from outside is "
        + "there twice: trained on the first tenth only, and trained again at each step."
      : "Each point is a phase, in their order from left to right; \(axis) upwards. The numbers are the written tenths of "
        + "the rows."
  }

  func body(variants: [String]) -> JSON {
    var value: JSON = ChartStyle.logarithmic(figure.member, title: axis, format: format)
    if !isLogarithmic {
      value["scale"] = ["zero": false, "nice": false, "padding": 12]
      value["axis"] = ["format": .text(format)]
    }
    var x: JSON = [
      "field": "stage", "type": "ordinal", "title": "phase", "sort": nil,
      "axis": ["labelAngle": -40, "labelExpr": "replace(datum.label, 'writing tenth ', '')"],
    ]
    if isOverRows { x = ["field": "rows", "type": "quantitative", "title": "stored rows", "axis": ["format": "~s"]] }
    let told: [JSON] = [
      ChartStyle.told("label", "cell"), ChartStyle.told("rows", "rows", ",d"),
      ChartStyle.told(.recall, ".4f"), ChartStyle.told(.qps, ",.0f"), ChartStyle.told(.p99, ".3~f"),
    ]
    let written: [JSON] =
      isOverRows
      ? []
      : [
        ChartStyle.told(.insertRate, ",.0f"),
        ChartStyle.told(Figure.insertP99.member, "p99 of a batch, ms", ".3~f"),
      ]
    return [
      // A phase without the figure has no point.
      "transform": [["filter": .text("isValid(datum.\(figure.member))")]],
      "encoding": ["x": x, "y": value, "color": ChartStyle.color(variants)],
      "layer": [
        [
          "mark": ["type": "line", "strokeWidth": 2],
          "encoding": ["detail": ["field": "line", "type": "nominal"]],
        ],
        [
          "mark": ["type": "point", "filled": true, "opacity": 0.75, "cursor": "pointer", "aria": false],
          "encoding": [
            "shape": ChartStyle.shape(variants), "tooltip": .list(told + written),
            "size": ["condition": ["test": "datum.cell === picked", "value": 220], "value": 50],
          ],
        ],
      ],
    ]
  }
}
