import Bench
import Foundation

/// The time of queries by percentile, on a logarithmic scale of nines, which shows the slowest few queries as wide as
/// the rest.
///
/// Source: the percentile plots of HdrHistogram, https://hdrhistogram.github.io/HdrHistogram/
struct LatencyChart: Chart {
  let name = "latency"
  let title = "Time of a query"
  let meaning =
    "Each line is a cell: the time below which a share of its queries were answered; each 9 of the share is as wide as "
    + "the one before. Shown are, of each index, the fastest cell with a recall of 0.9 or more (or that of the best recall), and the picked cell."
  let cells = ChartedCells.typical

  /// The percentiles that are drawn: equal steps on the axis, up to 99.9 %.
  static let percents: [Double] = (0...24).map { 100 - 100 / pow(10, Double($0) / stepsPerNine) }
  private static let stepsPerNine = 8.0

  func body(variants: [String]) -> JSON {
    [
      "transform": [
        ["calculate": "sequence(0, length(datum.latencies))", "as": "steps"],
        ["flatten": ["latencies", "steps"], "as": ["milliseconds", "step"]],
        ["calculate": .text("datum.step / \(Self.stepsPerNine)"), "as": "nines"],
        ["calculate": "format(100 - 100 * pow(10, -datum.nines), '.4~r') + ' %'", "as": "share"],
      ],
      "mark": ["type": "line", "strokeWidth": 2, "point": ["size": 25, "filled": true], "cursor": "pointer"],
      "encoding": [
        "x": [
          "field": "nines", "type": "quantitative", "title": "share of the queries",
          "axis": [
            "values": [0, 0.30103, 1, 2, 3], "labelExpr": "format(100 - 100 * pow(10, -datum.value), '.3~r') + ' %'",
          ],
        ],
        "y": ChartStyle.logarithmic("milliseconds", title: "ms", format: "~g"),
        "color": ChartStyle.color(variants), "detail": ["field": "cell"],
        "tooltip": [
          ChartStyle.told("label", "cell"), ChartStyle.told("share", "share"),
          ChartStyle.told("milliseconds", "ms", ".3~r"), ChartStyle.told(.recall, ".4f"),
        ],
      ],
    ]
  }
}
