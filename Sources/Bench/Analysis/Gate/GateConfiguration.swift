import YAML

/// The tolerances of a gate, read from a `gate.yml`.
///
/// `tolerances` apply to all cells; each of `rules` replaces some of them for a dataset, an index, or a range of the
/// base's recall; later rules take precedence. `at_recall` lists the recalls at which `qps` and `p99` of the fronts are
/// also checked. `accepted` has the changes that were accepted, see `AcceptedChange`.
public struct GateConfiguration: Sendable, Equatable {
  /// The tolerances as fractions, also that of recall, which the file gives in points. A metric without a tolerance is
  /// not checked.
  public var tolerances: [Figure: Double] = [.recall: 0.001, .qps: 0.05, .indexBytes: 0.01]
  public var rules: [Rule] = []
  public var recalls: [Double] = []
  /// The probability of any alarm when nothing has changed.
  public var alpha = 0.05
  /// The number of the base's runs, the newest first, from which the noise is estimated.
  public var historyLength = 20
  /// The accepted changes, the newest last.
  public var accepted: [AcceptedChange] = []

  /// Other tolerances for some cells.
  public struct Rule: Sendable, Equatable {
    /// The dataset; `nil` for all.
    public var dataset: String?
    /// The name of the index in the sweep; `nil` for all.
    public var index: String?
    /// The range of the base's recall; `nil` for all.
    public var recall: ClosedRange<Double>?
    /// The tolerances; `nil` for a metric that is not checked.
    public var tolerances: [Figure: Double?]
  }

  public init() {}

  /// The tolerance of a metric; `nil` for a metric that is not checked.
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

  /// The metrics that are checked for at least some cells.
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
    try root.allowKeys(["tolerances", "rules", "at_recall", "alpha", "history", AcceptedChange.key])
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
    if let node = try root.optional(AcceptedChange.key) {
      accepted = try node.sequence().map { (node) throws(YAMLError) in try AcceptedChange(node) }
    }
  }

  /// Accepts a report's regressions and improvements, which replace earlier accepted changes of the same figures.
  ///
  /// - Parameters:
  ///   - day: the day of the acceptance, such as `2026-11-29`.
  ///   - reason: one line.
  /// - Returns: the new entries, the last ones of `accepted`.
  public mutating func accept(_ report: GateReport, day: String, reason: String) -> [AcceptedChange] {
    let new = AcceptedChange.all(of: report, day: day, reason: reason)
    let replaced = Set(new.flatMap(\.places))
    for entry in accepted.indices where accepted[entry].base == report.base.identity {
      let old = accepted[entry]
      accepted[entry].parts.removeAll { replaced.contains(old.place(of: $0.subject)) }
    }
    accepted.removeAll(where: \.parts.isEmpty)
    accepted += new
    return new
  }

  /// The text of the file from which this configuration was read, with the accepted changes of this configuration.
  ///
  /// Comments and everything else are kept.
  ///
  /// - Parameters:
  ///   - text: the file's present content.
  ///   - path: the file's name for errors.
  /// - Throws: `YAMLError` for a file to which the changes cannot be added, such as one that is written in one line.
  public func text(updating text: String, path: String) throws(YAMLError) -> String {
    let updated = AcceptedChange.replacing(in: text, with: accepted)
    func keys(_ root: YAMLNode) throws(YAMLError) -> [String] {
      try root.mapping().map(\.key).filter { $0 != AcceptedChange.key }
    }
    let root = try YAMLParser.parse(text, source: path)
    if let changed = try? YAMLParser.parse(updated, source: path), let read = try? GateConfiguration(changed),
      read.accepted.count == accepted.count, try keys(root) == keys(changed)
    {
      return updated
    }
    throw root.error(.refused("accepted changes cannot be added; write each key on a line of its own"))
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

  /// Reads `0.2` (points) for recall, `5%` for any other metric, or `off`.
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
