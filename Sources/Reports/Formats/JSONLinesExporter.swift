import Bench
import Foundation

/// All cells of a sweep as JSON, one object in a line (https://jsonlines.org).
///
/// A measured cell has every column of the CSV, any other cell its status and error.
struct JSONLinesExporter: Exporter {
  let format = "jsonl"
  let fileEnding = "jsonl"
  let meaning = "JSON lines, also of the cells that were not measured, with the reason"

  func export(_ results: SweepResults) -> Exported { .text(Self.text(results.records)) }

  /// One line for each record, in order.
  ///
  /// Infinite numbers are written as the texts `inf` and `-inf`, because JSON has none.
  static func text(_ records: [CellRecord]) -> String {
    let measured = records.compactMap(\.measurement).comparingBuilds()
    var rest = measured[...]
    return records.map { record in line(record, record.measurement == nil ? nil : rest.popFirst()) }.joined()
  }

  /// Figures that are written as text although they are numbers, because the first version of this format did so.
  private static let texts: Set = [
    "rss_bytes", "peak_bytes", "store_commit", "store_open", "first_query", "trained_nlist",
  ]

  private static func line(_ record: CellRecord, _ measurement: CellMeasurement?) -> String {
    let options = record.planned.options
    var fields: [(String, any Encodable)] = [
      ("cell", record.key.text), ("status", record.status.rawValue), ("error", record.error),
    ]
    if let measurement {
      fields += Figure.all.map { figure in
        let value = figure.value(of: measurement)
        return (figure.column, texts.contains(figure.column) ? value.description : value)
      }
      if case .measured(_, let file?) = record.outcome { fields.append(("raw_file", file)) }
    } else {
      fields += [
        ("algorithm", RawResultFile.algorithm(variant: record.variant)), ("parameters", record.planned.cell.label),
        ("dataset", record.dataset.name), ("k", options.k), ("mode", options.mode.rawValue),
        ("threads", options.threads), ("seed", options.seed),
        ("workload", options.stage?.workload ?? Workload.search.name), ("stage", options.stage?.name ?? ""),
        ("timestamp", record.finished.ISO8601Format()),
      ]
    }
    return "{\(fields.map { "\(json($0.0)):\(json($0.1))" }.joined(separator: ","))}\n"
  }

  private static func json(_ value: any Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let data = try? encoder.encode(value) else { preconditionFailure("texts and numbers encode") }
    return String(decoding: data, as: UTF8.self).printableJSON
  }
}
