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
    let tune = try node.optional("tune")
    func declared(_ domain: Domain, _ value: ParameterValue) throws(YAMLError) -> ParameterDeclaration {
      let plain = ParameterDeclaration(name, domain, default: value, meaning)
      guard let tune else { return plain }
      return ParameterDeclaration(
        name, domain, default: value, meaning, tuning: try ParameterTuning(tune, of: plain))
    }
    switch try node.required("type").string() {
    case "integer":
      let range = try node.required("least").integer()...node.required("most").integer()
      self = try declared(.integer(range), .integer(try initial.integer()))
    case "real":
      let range = try node.required("least").number()...node.required("most").number()
      self = try declared(.real(range), .real(try initial.number()))
    case "choice":
      let choices = try node.required("choices").sequence().map { (node) throws(YAMLError) in try node.string() }
      self = try declared(.choice(choices), .choice(try initial.string()))
    case let other: throw node.error(.invalidValue(other, expected: "integer, real or choice"))
    }
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
