import TestSupport
import Testing

@testable import Reports

@Suite struct ChartTests {
  /// All values of a member, wherever it is in a specification.
  private func values(of name: String, in value: JSON) -> [String] {
    switch value {
    case .object(let members):
      members.flatMap { member, value in
        (member == name ? texts(value) : []) + values(of: name, in: value)
      }
    case .list(let values): values.flatMap { self.values(of: name, in: $0) }
    default: []
    }
  }

  private func texts(_ value: JSON) -> [String] {
    switch value {
    case .text(let text): [text]
    case .list(let values): values.flatMap(texts)
    default: []
    }
  }

  /// A misspelt field is an empty chart, without any error.
  @Test func everyFieldThatAChartReadsIsInTheRows() throws {
    let folder = try TemporaryFolder()
    let report = try SweepReport.compared(folder: folder)
    let cell = report.cells[2].row(setting: 0)
    let level = try #require(report.levels.first)
    let nights = try SweepReport.nights(folder: folder)
    let night = try #require(nights.nights.first)
    let charts = report.charts + nights.charts.suffix(1)
    #expect(charts.count == Charts.all.count + 2)
    for chart in charts {
      let row = chart.cells == .levels ? level : chart.cells == .history ? night : cell
      let specification = chart.specification(variants: report.variants)
      let made = values(of: "as", in: specification)
      let fields = values(of: "field", in: specification) + values(of: "groupby", in: specification)
      #expect(fields.count >= 4)
      for field in fields where !made.contains(field) { #expect(row[field] != nil, "\(chart.name): \(field)") }
    }
  }

  @Test func everyIndexHasItsColourWhateverIsShown() {
    let variants = (0..<23).map { "index \($0)" }
    for channel in [ChartStyle.color(variants), ChartStyle.shape(variants)] {
      guard case .list(let domain)? = channel["scale"]?["domain"], case .list(let range)? = channel["scale"]?["range"]
      else { return #expect(Bool(false), "no scale") }
      #expect(domain.count == 23 && range.count == 23)
    }
    let pairs = (0..<23).map { place in
      [ChartStyle.color(variants), ChartStyle.shape(variants)].map { channel -> JSON in
        guard case .list(let range)? = channel["scale"]?["range"] else { return nil }
        return range[place]
      }
    }
    #expect(Set(pairs.map { "\($0)" }).count == 23, "colour and shape together tell all of them apart")
  }

  @Test func aPictureHasItsDataAndThePageNot() throws {
    let folder = try TemporaryFolder()
    let report = try SweepReport.small(folder: folder)
    for chart in Charts.all {
      let page = chart.specification(variants: report.variants)
      #expect(page["datasets"] == nil && page["width"] == "container" && page["data"] == ["name": "cells"])
      let rows = report.rows(of: chart, in: report.settings[0])
      let picture = chart.specification(variants: report.variants, rows: rows, subtitle: "here", width: 700)
      #expect(picture["datasets"] == ["cells": .list(rows)] && picture["width"] == 700)
      #expect(picture["layer"] == page["layer"] && picture["encoding"] == page["encoding"])
    }
  }
}
