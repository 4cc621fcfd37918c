import VectorIndexes
import YAML

extension IndexDeclaration {
  /// Reads a kind from `peers.yml`.
  init(_ node: YAMLNode) throws(YAMLError) {
    func parameters(_ key: String) throws(YAMLError) -> [ParameterDeclaration] {
      try node.required(key).sequence().map { (node) throws(YAMLError) in try ParameterDeclaration(node) }
    }
    self.init(
      kind: try node.required("kind").string(), summary: try node.required("summary").string(),
      metrics: try node.required("metrics").sequence().map { (node) throws(YAMLError) in
        let text = try node.string()
        guard let metric = Metric(rawValue: text) else {
          throw node.error(.invalidValue(text, expected: Metric.allCases.map(\.rawValue).joined(separator: ", ")))
        }
        return metric
      },
      build: try parameters("build"), search: try parameters("search"))
  }
}

extension ParameterDeclaration {
  fileprivate init(_ node: YAMLNode) throws(YAMLError) {
    let name = try node.required("name").string()
    let meaning = try node.required("meaning").string()
    let initial = try node.required("default")
    switch try node.required("type").string() {
    case "integer":
      let range = try node.required("least").integer()...node.required("most").integer()
      self.init(name, .integer(range), default: .integer(try initial.integer()), meaning)
    case "real":
      let range = try node.required("least").number()...node.required("most").number()
      self.init(name, .real(range), default: .real(try initial.number()), meaning)
    case "choice":
      let choices = try node.required("choices").sequence().map { (node) throws(YAMLError) in try node.string() }
      self.init(name, .choice(choices), default: .choice(try initial.string()), meaning)
    case let other: throw node.error(.invalidValue(other, expected: "integer, real or choice"))
    }
    tuning = try node.optional("tune").map { (node) throws(YAMLError) in try ParameterTuning(node, of: self) }
  }
}

extension ParameterTuning {
  /// Reads `bisected`, a mapping of `rising` or `values` to values, or of `root_of_rows` to multiples.
  fileprivate init(_ node: YAMLNode, of parameter: ParameterDeclaration) throws(YAMLError) {
    func values(_ node: YAMLNode) throws(YAMLError) -> [ParameterValue] {
      try node.sequence().map { (node) throws(YAMLError) in
        let text = try node.string()
        do throws(IndexError) { return try parameter.value(parsing: text) } catch {
          throw node.error(.refused("\(error)"))
        }
      }
    }
    guard case .mapping = node.content else {
      guard try node.string() == "bisected" else {
        throw node.error(.invalidValue(try node.string(), expected: "bisected, rising, values or root_of_rows"))
      }
      self = .bisected
      return
    }
    try node.allowKeys(["rising", "values", "root_of_rows"])
    if let list = try node.optional("rising") {
      self = .rising(try values(list))
    } else if let list = try node.optional("values") {
      self = .values(try values(list))
    } else {
      self = .rootOfRows(
        try node.required("root_of_rows").sequence().map { (node) throws(YAMLError) in try node.number() })
    }
  }
}
