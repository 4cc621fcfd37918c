import Bench

/// The speed of a run's fronts relative to those of its base at equal recalls, with confidence intervals.
struct EqualRecallChart: Chart {
  let name = "equal-recall"
  let title = "Speed at equal recall: this run ÷ its base"
  let meaning =
    "Each point is the ratio of an index's queries per second at a recall, interpolated on the fronts of both runs, with "
    + "its 95 % interval; above 1 this run is faster. A recall that one of the fronts does not reach has no point."
  let cells = ChartedCells.levels

  func body(variants: [String]) -> JSON {
    var color = ChartStyle.color(variants)
    color["legend"] = ["columns": 4]
    let offset: JSON = ["field": "variant", "type": "nominal", "sort": .list(variants.map { .text($0) })]
    return [
      "encoding": [
        "x": ["field": "recall", "type": "ordinal", "title": "recall", "axis": ["labelAngle": 0]],
        "xOffset": offset, "color": color,
      ],
      "layer": [
        [
          "mark": ["type": "rule", "strokeDash": [4, 4], "aria": false],
          "encoding": [
            "y": ["datum": 1, "type": "quantitative"], "x": nil, "xOffset": nil, "color": ["value": "#888888"],
          ],
        ],
        [
          "mark": ["type": "rule", "strokeWidth": 2],
          "encoding": [
            "y": ChartStyle.logarithmic("low", title: "queries/s, this run ÷ base", format: "~g"),
            "y2": ["field": "high"],
          ],
        ],
        [
          "mark": ["type": "point", "filled": true, "size": 70],
          "encoding": [
            "y": ChartStyle.logarithmic("ratio", title: "queries/s, this run ÷ base", format: "~g"),
            "tooltip": [
              ChartStyle.told("variant", "index"), ChartStyle.told("recall", "recall"),
              ChartStyle.told("base", "base, queries/s", ",.0f"), ChartStyle.told("head", "this run", ",.0f"),
              ChartStyle.told("ratio", "ratio", ".3f"), ChartStyle.told("low", "from", ".3f"),
              ChartStyle.told("high", "to", ".3f"),
            ],
          ],
        ],
      ],
    ]
  }

  /// The levels that both fronts reach, in the form that the chart reads.
  ///
  /// - Parameter setting: returns the number of a front's setting; `nil` when the report has no such cells.
  static func rows(_ comparison: Comparison, setting: (ReportCell.Setting) -> Int?) -> [JSON] {
    comparison.fronts.filter { $0.figure == .qps }.flatMap { front -> [JSON] in
      guard let number = setting(ReportCell.Setting(front)) else { return [] }
      return front.levels.compactMap { level in
        guard let quotient = level.quotient else { return nil }
        return [
          "setting": .integer(number), "variant": .text(WorkloadStage.name(front.headVariant, at: front.stage)),
          "recall": .text("\(level.recall)"),
          "ratio": JSON(quotient.ratio), "low": JSON(quotient.interval?.low ?? quotient.ratio),
          "high": JSON(quotient.interval?.high ?? quotient.ratio), "base": JSON(quotient.base),
          "head": JSON(quotient.head),
        ]
      }
    }
  }
}
