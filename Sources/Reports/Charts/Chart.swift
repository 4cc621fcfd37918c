/// A chart of a report: one Vega-Lite specification, from which the page, the PNG and the SVG are drawn.
///
/// Its data set `cells` has one object for each cell, with the members of `ReportCell.row`. The charts show the cells
/// of one setting (dataset, k, mode, threads), because only these can be compared.
///
/// Source: https://vega.github.io/vega-lite/docs/
protocol Chart: Sendable {
  /// The name of the chart and of its files: `recall-qps`.
  var name: String { get }
  var title: String { get }
  /// A description in one sentence, for people who cannot see the chart.
  var meaning: String { get }
  /// The height of the drawing area in pixels, for a number of indexes.
  func height(indexes: Int) -> Int
  /// The cells of a setting that the chart shows.
  var cells: ChartedCells { get }
  /// The transforms and layers, or transforms, mark and encoding.
  ///
  /// - Parameter variants: all indexes of the report, so that each keeps its colour whatever is shown.
  func body(variants: [String]) -> JSON
}

/// The cells of a setting that a chart shows.
enum ChartedCells: String {
  case all
  /// One cell for each index, see `ReportCell.isTypical`, and in the page the selected cell; only cells with known
  /// times of queries.
  case typical
  /// The cells of all stages of a workload, whichever stage is selected; see `StageChart`.
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

  /// The charts of all stages of a workload, which precede the others.
  static func stages(of workload: String) -> [any Chart] {
    switch workload {
    case "filtered": [StageChart.filteredRecall, StageChart.filteredSpeed]
    case "drift": [StageChart.driftRecall, StageChart.driftSpeed]
    case "ingest": [StageChart.ingestRecall, StageChart.ingestSpeed, StageChart.ingestTail, StageChart.ingestWrites]
    case "runbook": [StageChart.runbookRecall, StageChart.runbookSpeed, StageChart.runbookInserts]
    case "load": [StageChart.loadTail, StageChart.loadMedian]
    default: []
    }
  }
}

extension Chart {
  func height(indexes: Int) -> Int { 340 }

  /// The whole specification, without its data.
  ///
  /// Its parameters are `subtitle`, a text, and `picked`, the number of the highlighted cell.
  func specification(variants: [String]) -> JSON {
    var specification = body(variants: variants)
    specification["$schema"] = "https://vega.github.io/schema/vega-lite/v6.json"
    specification["title"] = ["text": .text(title), "subtitle": ["expr": "subtitle"]]
    specification["description"] = .text(meaning)
    specification["data"] = ["name": "cells"]
    specification["params"] = [["name": "subtitle", "value": ""], ["name": "picked", "value": -1]]
    specification["width"] = "container"
    specification["height"] = .integer(height(indexes: variants.count))
    specification["autosize"] = ["type": "fit-x", "contains": "padding"]
    return specification
  }

  /// The specification with its data, for a picture.
  ///
  /// - Parameters:
  ///   - subtitle: the description of the cells' setting.
  ///   - width: the width in pixels.
  func specification(variants: [String], rows: [JSON], subtitle: String, width: Int) -> JSON {
    var specification = specification(variants: variants)
    specification["datasets"] = ["cells": .list(rows)]
    specification["params"] = [["name": "subtitle", "value": .text(subtitle)], ["name": "picked", "value": -1]]
    specification["width"] = .integer(width)
    specification["config"] = ChartStyle.config
    return specification
  }
}
