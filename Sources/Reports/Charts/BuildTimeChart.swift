import Bench

/// The build time of each index: one point for each build, whatever the number of its cells.
struct BuildTimeChart: Chart {
  let name = "build-time"
  let title = "Build time"
  let meaning = "Each point is a build of an index: seconds of making, training and filling it, logarithmic."
  let cells = ChartedCells.all

  func height(indexes: Int) -> Int { 24 * max(indexes, 3) }

  func body(variants: [String]) -> JSON {
    [
      "transform": [
        [
          "aggregate": [
            ["op": "min", "field": "build_seconds", "as": "build_seconds"],
            ["op": "min", "field": "megabytes", "as": "megabytes"], ["op": "min", "field": "cell", "as": "cell"],
          ],
          "groupby": ["variant", "build", "seed"],
        ]
      ],
      "mark": ["type": "point", "filled": true, "opacity": 0.75, "size": 80, "cursor": "pointer", "aria": false],
      "encoding": [
        "x": ChartStyle.logarithmic("build_seconds", title: "seconds of building", format: "~g"),
        "y": ["field": "variant", "type": "nominal", "title": nil, "sort": .list(variants.map { .text($0) })],
        "color": withoutLegend(ChartStyle.color(variants)), "shape": withoutLegend(ChartStyle.shape(variants)),
        "tooltip": [
          ChartStyle.told("variant", "index"), ChartStyle.told("build", "build"), ChartStyle.told("seed", "seed"),
          ChartStyle.told(.build, ".3~f"), ChartStyle.told(Figure.indexBytes.member, "index MB", ".4~r"),
        ],
      ],
    ]
  }

  /// Removes the legend, since the axis names the indexes.
  private func withoutLegend(_ channel: JSON) -> JSON {
    var channel = channel
    channel["legend"] = .null
    return channel
  }
}
