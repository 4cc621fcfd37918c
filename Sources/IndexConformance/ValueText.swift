import VectorSearch

/// A value in the form that messages show: one line, with long lists shortened.
func text(of value: Any) -> String {
  switch value {
  case let neighbor as Neighbor: "id \(neighbor.id) at \(neighbor.distance) (sequence \(neighbor.sequence))"
  case let error as IndexError: caseText(of: error)
  case let error as any Error: "\(error)"
  case let list as [Any]: text(ofList: list)
  default: "\(value)"
  }
}

private func text(ofList list: [Any]) -> String {
  let most = 12
  let shown = list.prefix(most).map { text(of: $0) }.joined(separator: ", ")
  return list.count <= most ? "[\(shown)]" : "[\(shown), …] (\(list.count) in all)"
}

/// An error in the form of Swift code, for which an author of an index can search.
private func caseText(of error: IndexError) -> String {
  guard let (name, values) = Mirror(reflecting: error).children.first.map({ ($0.label ?? "", $0.value) }) else {
    return "\(error)"
  }
  let text = "\(values)"
  return text.hasPrefix("(") ? name + text : "\(name)(\(text))"
}
