import Bench

/// A figure over the stages of a workload: over the share of rows that match for a `filtered` search, over the number of
/// stored rows for a `drift`, over the phases for an `ingest`, over the answered requests per second for a `load`, over
/// the steps of a runbook.
struct StageChart: Chart {
  let name: String
  let title: String
  let figure: Figure
  let axis: String
  let format: String
  var isLogarithmic = true
  let over: Horizontal

  /// The horizontal axis.
  enum Horizontal {
    case selectivity, rows, phases, throughput, steps
  }

  let cells = ChartedCells.stages

  static let filteredRecall = StageChart(
    name: "filtered-recall", title: "Recall with a filter", figure: .recall, axis: "recall", format: ".3~f",
    isLogarithmic: false, over: .selectivity)
  static let filteredSpeed = StageChart(
    name: "filtered-qps", title: "Speed with a filter", figure: .qps, axis: "queries per second", format: "~s",
    over: .selectivity)
  static let driftRecall = StageChart(
    name: "drift-recall", title: "Recall while the distribution moves", figure: .recall, axis: "recall",
    format: ".3~f", isLogarithmic: false, over: .rows)
  static let driftSpeed = StageChart(
    name: "drift-qps", title: "Speed while the distribution moves", figure: .qps, axis: "queries per second",
    format: "~s", over: .rows)
  static let ingestRecall = StageChart(
    name: "ingest-recall", title: "Recall while vectors are written", figure: .recall, axis: "recall", format: ".3~f",
    isLogarithmic: false, over: .phases)
  static let ingestSpeed = StageChart(
    name: "ingest-qps", title: "Speed while vectors are written", figure: .qps, axis: "queries per second",
    format: "~s", over: .phases)
  static let ingestTail = StageChart(
    name: "ingest-p99", title: "Tail latency while vectors are written", figure: .p99, axis: "p99 of a query, ms",
    format: "~g", over: .phases)
  static let ingestWrites = StageChart(
    name: "ingest-writes", title: "Time of a written batch", figure: .insertP99, axis: "p99 of a batch, ms",
    format: "~g", over: .phases)

  static let loadTail = StageChart(
    name: "load-p99", title: "Tail latency at a rate", figure: .p99, axis: "p99 from due time to answer, ms",
    format: "~g", over: .throughput)
  static let loadMedian = StageChart(
    name: "load-p50", title: "Median latency at a rate", figure: .p50, axis: "p50 from due time to answer, ms",
    format: "~g", over: .throughput)

  static let runbookRecall = StageChart(
    name: "runbook-recall", title: "Recall while rows come and go", figure: .recall, axis: "recall", format: ".3~f",
    isLogarithmic: false, over: .steps)
  static let runbookSpeed = StageChart(
    name: "runbook-qps", title: "Speed while rows come and go", figure: .qps, axis: "queries per second", format: "~s",
    over: .steps)
  static let runbookInserts = StageChart(
    name: "runbook-inserts", title: "Speed of insertions", figure: .insertRate, axis: "inserted vectors per second",
    format: "~s", over: .steps)

  var meaning: String {
    switch over {
    case .selectivity:
      "Each point is a filter: the share of the rows that match it to the right, \(axis) upwards. A line joins the filters "
        + "of one setting whose matching rows lie in the same way: independent of the query, near it, or far from it."
    case .rows:
      "Each point is a step: the stored rows to the right, \(axis) upwards. An index that is trained from outside is "
        + "there twice: trained on the first tenth only, and trained again at each step."
    case .steps:
      "Each point is a step of the runbook that searches, from left to right; \(axis) upwards. An index that the harness "
        + "trains is there twice: trained once, and trained again before each search."
    case .phases:
      "Each point is a phase, in their order from left to right; \(axis) upwards. The numbers are the written tenths of "
        + "the rows."
    case .throughput:
      "Each point is a rate: the requests answered in a second to the right, \(axis) upwards. A line turns upwards at its "
        + "knee, and bends back where an index answers fewer requests than arrive."
    }
  }

  func body(variants: [String]) -> JSON {
    var value: JSON = ChartStyle.logarithmic(figure.member, title: axis, format: format)
    if !isLogarithmic {
      value["scale"] = ["zero": false, "nice": false, "padding": 12]
      value["axis"] = ["format": .text(format)]
    }
    let x: JSON =
      switch over {
      case .selectivity:
        [
          "field": .text(Figure.selectivity.member), "type": "quantitative", "title": "share of the rows that match",
          "scale": ["type": "log"], "axis": ["format": ".3~%", "values": [0.001, 0.01, 0.1, 0.5, 1]],
        ]
      case .rows: ["field": "rows", "type": "quantitative", "title": "stored rows", "axis": ["format": "~s"]]
      case .phases:
        [
          "field": "stage", "type": "ordinal", "title": "phase", "sort": nil,
          "axis": ["labelAngle": -40, "labelExpr": "replace(datum.label, 'writing tenth ', '')"],
        ]
      case .steps: ["field": "order", "type": "quantitative", "title": "step"]
      case .throughput: ChartStyle.logarithmic(Figure.qps.member, title: "answered requests per second", format: "~s")
      }
    let told: [JSON] = [
      ChartStyle.told("label", "cell"), ChartStyle.told("rows", "rows", ",d"),
      ChartStyle.told(.recall, ".4f"), ChartStyle.told(.qps, ",.0f"), ChartStyle.told(.p99, ".3~f"),
    ]
    let more: [JSON] =
      switch over {
      case .selectivity: [ChartStyle.told(.selectivity, ".3~%"), ChartStyle.told(.matches, ",.0f")]
      case .rows, .steps, .throughput: []
      case .phases:
        [
          ChartStyle.told(.insertRate, ",.0f"),
          ChartStyle.told(Figure.insertP99.member, "p99 of a batch, ms", ".3~f"),
        ]
      }
    return [
      // A phase without the figure has no point.
      "transform": [["filter": .text("isValid(datum.\(figure.member))")]],
      "encoding": ["x": x, "y": value, "color": ChartStyle.color(variants)],
      "layer": [
        [
          "mark": ["type": "line", "strokeWidth": 2],
          "encoding": [
            "detail": ["field": "line", "type": "nominal"], "order": ["field": "order", "type": "quantitative"],
          ],
        ],
        [
          "mark": ["type": "point", "filled": true, "opacity": 0.75, "cursor": "pointer", "aria": false],
          "encoding": [
            "shape": ChartStyle.shape(variants), "tooltip": .list(told + more),
            "size": ["condition": ["test": "datum.cell === picked", "value": 220], "value": 50],
          ],
        ],
      ],
    ]
  }
}
