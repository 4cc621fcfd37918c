import Bench
import Foundation

/// One JSON document for programs, with times in ISO 8601 and infinities as text.
struct JSONExporter<Results: Encodable>: Exporter {
  let format = "json"
  let fileEnding = "json"
  let meaning = "JSON, for programs"

  func export(_ results: Results) -> Exported {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let data = try? encoder.encode(results) else { preconditionFailure("\(Results.self) does not encode") }
    return .text(String(decoding: data, as: UTF8.self).printableJSON + "\n")
  }
}
