import Bench

/// The data of a report's page, which its script reads.
struct PageData {
  let json: JSON
  /// The charts that Vega draws; the page draws the fronts itself.
  let charts: [any Chart]

  /// The figures that the page draws against recall.
  private static let figures: [Figure] = [.qps, .p99, .indexBytes]

  /// - Complexity: O(cells · log cells).
  init(_ report: SweepReport) {
    // What was asked for comes first: a history, a comparison, the stages of a workload.
    let (usual, special) = (Charts.all, report.charts.filter { [.history, .levels, .stages].contains($0.cells) })
    charts = special.reversed() + usual.filter { !($0 is FrontChart) }
    let groups = report.cells.grouped(by: \.setting)
    var rows = [JSON](repeating: nil, count: report.cells.count)
    for (place, group) in groups.enumerated() {
      let names = CellNames(group.elements.map(\.record))
      for cell in group.elements {
        var row = cell.row(setting: place)
        row["setting_name"] = .text(WorkloadStage.name(names.setting(cell.record), at: cell.measurement.options.stage))
        rows[cell.number] = row
      }
    }
    json = [
      "settings": .list(groups.map { Self.json($0.key, $0.elements, variants: report.variants) }),
      "indexes": .list(
        zip(report.variants, ChartStyle.marks(report.variants)).map {
          ["name": .text($0), "color": .text($1.color), "shape": .text($1.shape)]
        }),
      "charts": .list(
        charts.map {
          [
            "name": .text($0.name), "cells": .text($0.cells.rawValue),
            "specification": $0.specification(variants: report.variants),
          ]
        }),
      "config": ChartStyle.config,
      "levels": .list(report.levels), "history": .list(report.nights),
      "rows": .list(rows),
    ]
  }

  private static func json(_ setting: ReportCell.Setting, _ cells: [ReportCell], variants: [String]) -> JSON {
    let numbers = Dictionary(cells.map { ($0.record.key, $0.number) }) { first, _ in first }
    func number(_ record: CellRecord) -> JSON { .integer(numbers[record.key] ?? 0) }
    let places = Dictionary(uniqueKeysWithValues: variants.enumerated().map { ($1, $0) })
    let indexes: [JSON] = cells.grouped(by: \.variant).compactMap { variant, own in
      let settings = IndexSettings(own.map(\.record))
      let typical = settings.typical
      guard !typical.isEmpty else { return nil }
      var fronts: JSON = .object([:])
      for figure in figures {
        let places = figure.frontPlaces(typical.compactMap(\.measurement))
        fronts[figure.member] = .list(places.map { number(typical[$0]) })
      }
      return [
        "index": .integer(places[variant] ?? 0), "fronts": fronts,
        "cells": .list(own.filter { $0.measurement.quality.recall.isFinite }.map { .integer($0.number) }),
        "steps": .list(settings.steps.map { [number($0.record), JSON($0.recall)] }),
      ]
    }
    return [
      "dataset": .text(setting.dataset), "k": .integer(setting.k), "mode": .text(setting.mode.rawValue),
      "threads": .integer(setting.threads), "stage": .text(setting.stage?.description ?? ""),
      "text": .text(setting.text), "allStages": .text(setting.textOfAllStages), "indexes": .list(indexes),
    ]
  }
}
