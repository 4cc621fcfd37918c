import YAML

/// What a gate lets pass, from a `gate.yml`.
///
/// `tolerances` hold for all; each of `rules` replaces some of them for a dataset, an index, or a range of the base's
/// recall, the later ones last. `at_recall` are the recalls at which fronts are held to `qps` and `p99` too.
public struct GateConfiguration: Sendable, Equatable {
  /// Shares; of recall too, where the file has points. A metric that is not there is not looked at.
  public var tolerances: [Figure: Double] = [.recall: 0.001, .qps: 0.05, .indexBytes: 0.01]
  public var rules: [Rule] = []
  public var recalls: [Double] = []
  /// The chance of any alarm where nothing has changed.
  public var alpha = 0.05
  /// How many of the base's runs, the newest first, the noise is measured in.
  public var historyLength = 20

  /// Other tolerances for some cells.
  public struct Rule: Sendable, Equatable {
    /// nil for all.
    public var dataset: String?
    /// What the sweep calls the index; nil for all.
    public var index: String?
    /// Of the base; nil for all.
    public var recall: ClosedRange<Double>?
    /// nil for a metric that is not looked at.
    public var tolerances: [Figure: Double?]
  }

  public init() {}

  /// What is tolerated; nil for a metric that is not looked at.
  func tolerance(_ metric: Figure, dataset: String, index: String, recall: Double) -> Double? {
    var tolerance = tolerances[metric]
    for rule in rules {
      guard rule.dataset ?? dataset == dataset, rule.index ?? index == index, rule.recall?.contains(recall) ?? true,
        let other = rule.tolerances[metric]
      else { continue }
      tolerance = other
    }
    return tolerance
  }

  /// The metrics that are looked at anywhere.
  var metrics: [Figure] {
    Figure.compared.filter { metric in
      tolerances[metric] != nil || rules.contains { $0.tolerances[metric].flatMap { $0 } != nil }
    }
  }
}

extension GateConfiguration {
  /// - Throws: `YAMLError` with file, line, column and key.
  public static func read(path: String) throws(YAMLError) -> GateConfiguration {
    try GateConfiguration(try YAMLParser.parse(path: path))
  }

  init(_ root: YAMLNode) throws(YAMLError) {
    try root.allowKeys(["tolerances", "rules", "at_recall", "alpha", "history"])
    tolerances = try Self.tolerances(try root.required("tolerances")).compactMapValues { $0 }
    if let node = try root.optional("rules") {
      rules = try node.sequence().map { (node) throws(YAMLError) in
        try node.allowKeys(["dataset", "index", "recall", "tolerances"])
        return Rule(
          dataset: try node.optional("dataset")?.string(), index: try node.optional("index")?.string(),
          recall: try node.optional("recall").map(Self.range),
          tolerances: try Self.tolerances(try node.required("tolerances")))
      }
    }
    if let node = try root.optional("at_recall") {
      recalls = try node.sequence().map { (node) throws(YAMLError) in try Self.number(node, 0...1) }.sorted()
    }
    if let node = try root.optional("alpha") { alpha = try Self.number(node, 1e-6...0.5) }
    if let node = try root.optional("history") { historyLength = Int(try Self.number(node, 4...1_000)) }
  }

  private static func tolerances(_ node: YAMLNode) throws(YAMLError) -> [Figure: Double?] {
    try node.allowKeys(Figure.compared.map(\.name))
    var tolerances: [Figure: Double?] = [:]
    for (key, value) in try node.mapping() {
      guard let metric = Figure.compared(named: key) else { continue }
      tolerances[metric] = .some(try tolerance(metric, value))
    }
    return tolerances
  }

  /// `0.2` points of recall, `5%` of anything else; `off`.
  private static func tolerance(_ metric: Figure, _ node: YAMLNode) throws(YAMLError) -> Double? {
    let text = try node.string()
    if text == "off" { return nil }
    if metric.isShare { return try number(node, 0...100) / 100 }
    guard text.hasSuffix("%"), let percent = Double(text.dropLast()), (0..<100).contains(percent) else {
      throw node.error(.invalidValue(text, expected: "a share like 5%, below 100%, or off"))
    }
    return percent / 100
  }

  private static func range(_ node: YAMLNode) throws(YAMLError) -> ClosedRange<Double> {
    try node.allowKeys(["from", "to"])
    let from = try node.optional("from").map { (node) throws(YAMLError) in try number(node, 0...1) } ?? 0
    let to = try node.optional("to").map { (node) throws(YAMLError) in try number(node, 0...1) } ?? 1
    guard from <= to else { throw node.error(.invalidValue("\(from)…\(to)", expected: "from below to")) }
    return from...to
  }

  private static func number(_ node: YAMLNode, _ range: ClosedRange<Double>) throws(YAMLError) -> Double {
    let value = try node.number()
    guard range.contains(value) else {
      throw node.error(.invalidValue("\(value)", expected: "a number, \(range.lowerBound)…\(range.upperBound)"))
    }
    return value
  }
}
