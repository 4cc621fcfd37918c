import Bench

/// A figure from run to run, with the runs at which it changed, and breaks after which runs cannot be compared with
/// earlier ones.
struct HistoryChart: Chart {
  /// The metric, such as `qps@recall=0.95`.
  let metric: String

  let name = "history"
  let cells = ChartedCells.history

  var title: String { "History of \(metric)" }
  var meaning: String {
    "Each point is a run, a line an index. A large triangle is the first run of a new level; at a dashed line processor, "
      + "instruction set, build or dataset became another, and figures before it do not compare."
  }

  func body(variants: [String]) -> JSON {
    let value = ChartStyle.logarithmic("value", title: metric, format: "~g")
    return [
      "encoding": [
        "x": ["field": "started", "type": "temporal", "title": nil, "axis": ["labelOverlap": true, "tickCount": 8]],
        "color": ChartStyle.color(variants),
      ],
      "layer": [
        [
          "mark": ["type": "rule", "strokeDash": [4, 4], "aria": false],
          "encoding": [
            "color": ["value": "#888888"],
            "opacity": ["condition": ["test": "datum.break !== ''", "value": 1], "value": 0],
          ],
        ],
        [
          "mark": ["type": "line", "strokeWidth": 2],
          "encoding": ["y": value, "detail": ["field": "subject", "type": "nominal"]],
        ],
        [
          "mark": ["type": "point", "filled": true, "aria": false],
          "encoding": [
            "y": value,
            "shape": ["condition": ["test": "datum.change !== ''", "value": "triangle-up"], "value": "circle"],
            "size": ["condition": ["test": "datum.change !== ''", "value": 220], "value": 40],
            "tooltip": [
              ChartStyle.told("variant", "index"), ChartStyle.told("subject", "of"), ChartStyle.told("run", "run"),
              ChartStyle.told("commit", "commit"), ChartStyle.told("tag", "tag"),
              ChartStyle.told("value", metric, ".4~g"), ChartStyle.told("change", "change"),
              ChartStyle.told("break", "not comparable before"),
            ],
          ],
        ],
      ],
    ]
  }

  /// The runs that have the figure, in the form that the chart reads.
  ///
  /// - Parameter setting: returns the number of a series' setting; `nil` when the report has no such cells.
  static func rows(_ history: History, setting: (ReportCell.Setting) -> Int?) -> [JSON] {
    history.series.flatMap { series -> [JSON] in
      guard let number = setting(ReportCell.Setting(series)) else { return [] }
      return series.points.enumerated().compactMap { place, point in
        guard let value = point.value else { return nil }
        let change = series.changes.first { $0.place == place }
        return [
          "setting": .integer(number), "variant": .text(WorkloadStage.name(series.index, at: series.stage)),
          "subject": .text(series.subject),
          // JavaScript measures time in milliseconds.
          "started": .integer(Int(point.started.timeIntervalSince1970 * 1000)), "run": .integer(point.run),
          "commit": .text(point.commit), "tag": .text(point.tag), "value": JSON(value),
          "change": .text(change.map { history.words($0) } ?? ""),
          "break": .text(series.breakText(place) ?? ""),
        ]
      }
    }
  }
}
