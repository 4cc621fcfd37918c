/// A chart of a report: one Vega-Lite specification, from which the page, the PNG and the SVG are drawn.
///
/// The cells stand in the data set `cells`, one object each, with the members of `ReportCell.row`. The charts show cells
/// of one setting (dataset, k, mode, threads): only those can be compared.
///
/// Source: https://vega.github.io/vega-lite/docs/
protocol Chart: Sendable {
  /// Also the name of its files: `recall-qps`.
  var name: String { get }
  var title: String { get }
  /// What it shows, in a sentence, for those who can't see it.
  var meaning: String { get }
  /// Height of the drawing area in pixels.
  var height: Int { get }
  /// Which of a setting's cells it shows.
  var cells: ChartedCells { get }
  /// Transforms and layers, or transforms, mark and encoding.
  ///
  /// - Parameter variants: every index of the report, so that each has its colour whatever is shown.
  func body(variants: [String]) -> JSON
}

/// Which cells of a setting a chart shows.
enum ChartedCells: String {
  case all
  /// One an index, see `ReportCell.isTypical`, and in the page the one that is picked; where times of queries are known.
  case typical
  /// Those of all stages of a workload, whichever is chosen; see `StageChart`.
  case stages
  /// No cells, but the levels of a comparison, see `EqualRecallChart`.
  case levels
  /// No cells, but the runs of a history, see `HistoryChart`.
  case history
}

enum Charts {
  /// The charts of a sweep, in the order of the page.
  static let all: [any Chart] = [
    FrontChart.speed, FrontChart.tailLatency, LatencyChart(), FrontChart.size, BuildTimeChart(),
  ]

  /// The charts of all stages of a workload, which stand before those.
  static func stages(of workload: String) -> [any Chart] {
    switch workload {
    case "drift": [StageChart.driftRecall, StageChart.driftSpeed]
    case "ingest": [StageChart.ingestRecall, StageChart.ingestSpeed, StageChart.ingestTail, StageChart.ingestWrites]
    default: []
    }
  }
}

extension Chart {
  /// The whole specification, without its data.
  ///
  /// Its parameters are `subtitle`, a text, and `picked`, the number of a cell that is pointed out.
  func specification(variants: [String]) -> JSON {
    var specification = body(variants: variants)
    specification["$schema"] = "https://vega.github.io/schema/vega-lite/v6.json"
    specification["title"] = ["text": .text(title), "subtitle": ["expr": "subtitle"]]
    specification["description"] = .text(meaning)
    specification["data"] = ["name": "cells"]
    specification["params"] = [["name": "subtitle", "value": ""], ["name": "picked", "value": -1]]
    specification["width"] = "container"
    specification["height"] = .integer(height)
    specification["autosize"] = ["type": "fit-x", "contains": "padding"]
    return specification
  }

  /// The specification with its data, for a picture.
  ///
  /// - Parameters:
  ///   - subtitle: which setting the cells have.
  ///   - width: in pixels.
  func specification(variants: [String], rows: [JSON], subtitle: String, width: Int) -> JSON {
    var specification = specification(variants: variants)
    specification["datasets"] = ["cells": .list(rows)]
    specification["params"] = [["name": "subtitle", "value": .text(subtitle)], ["name": "picked", "value": -1]]
    specification["width"] = .integer(width)
    specification["config"] = ChartStyle.config
    return specification
  }
}
