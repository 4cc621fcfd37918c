import Bench
import Foundation

/// A JSON value, written as Swift literals in the shape of the JSON: what a chart's specification is made of.
indirect enum JSON: Sendable, Equatable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case list([JSON])
  case object([String: JSON])

  /// A number, or null for one that JSON has no way to write.
  init(_ value: Double) { self = value.isFinite ? .number(value) : .null }

  /// A member of an object; setting one makes an object of anything else.
  subscript(name: String) -> JSON? {
    get { if case .object(let members) = self { members[name] } else { nil } }
    set {
      var members: [String: JSON] = [:]
      if case .object(let old) = self { members = old }
      members[name] = newValue
      self = .object(members)
    }
  }

  /// On one line, the members of objects by name: the same value is always the same text.
  var text: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else { preconditionFailure("finite numbers and texts encode") }
    return String(decoding: data, as: UTF8.self)
  }
}

extension JSON: Encodable {
  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    // Names are shown by the page and its charts: none of them turns what stands beside it.
    case .text(let value): try container.encode(value.printableLines)
    case .list(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }
}

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  init(nilLiteral: ()) { self = .null }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(integerLiteral value: Int) { self = .integer(value) }
  init(floatLiteral value: Double) { self = .number(value) }
  init(stringLiteral value: String) { self = .text(value) }
  init(arrayLiteral elements: JSON...) { self = .list(elements) }
  init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(Dictionary(elements) { $1 })
  }
}
