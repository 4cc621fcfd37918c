import Bench
import Foundation

/// One JSON document, for programs: times in ISO 8601, infinities as text.
public enum JSONExporter {
  public static func text<Value: Encodable>(_ value: Value) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let data = try? encoder.encode(value) else { preconditionFailure("\(Value.self) does not encode") }
    return String(decoding: data, as: UTF8.self).printableJSON + "\n"
  }
}
