import Foundation
import YAML

extension YAMLNode {
  /// The node as JSON, with the types that Python's YAML reader gives to plain values.
  var json: Any {
    switch content {
    case .mapping(let pairs): Dictionary(pairs.map { ($0.key, $0.value.json) }) { first, _ in first }
    case .sequence(let nodes): nodes.map(\.json)
    case .scalar(let text, _):
      if isNull {
        NSNull()
      } else if let truth = try? boolean() {
        truth
      } else if let number = try? integer() {
        number
      } else if let number = try? number() {
        number
      } else {
        text
      }
    }
  }

  /// A plain value as it is written; any other node as a line of JSON, in which a quoted number stays a string.
  var words: String {
    if case .scalar(let text, let isPlain) = content {
      let readsAsOther = Double(text) != nil || ["true", "false", "null"].contains(text)
      if isPlain ? !isNull && (try? boolean()) == nil : !readsAsOther { return text }
    }
    let data = try? JSONSerialization.data(withJSONObject: json, options: [.fragmentsAllowed, .sortedKeys])
    return data.map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
