import Datasets
import Foundation
import VectorIndexes
import YAML

/// Reads a sweep from YAML in this project's grammar, from a `config.yml` of ann-benchmarks, or from a folder of its
/// modules.
///
/// Every error names file, line, column and key.
public enum SweepFile {
  private static let keys = [
    "datasets", "k", "queries", "limit", "runs", "builds", "threads", "build_threads", "mode", "timeout", "memory",
    "seed", "workload", "readers", "rate", "write_batch", "base_rows", "idle", "filter", "clients", "schedule",
    "duration", "mix", "runbook", "interleave", "indexes",
  ]
  private static let indexKeys = ["index", "plugin", "build", "search", "only", "except", "timeout", "memory"]

  /// - Parameter catalog: the kinds of index that the file may name.
  /// - Throws: `YAMLError`.
  /// - Complexity: O(nodes + values).
  public static func read(path: String, catalog: SubjectCatalog) throws(YAMLError) -> Sweep {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
      return try read(try YAMLParser.parse(path: path), catalog: catalog)
    }
    let root = try YAMLParser.parse(path: "\(path)/config.yml")
    var sweep = Sweep()
    sweep.indexes = .annBenchmarks(try AnnBenchmarksConfig(root, catalog: catalog, folder: path))
    return sweep
  }

  static func read(_ root: YAMLNode, catalog: SubjectCatalog) throws(YAMLError) -> Sweep {
    var sweep = Sweep()
    if try AnnBenchmarksConfig.isOne(root) {
      sweep.indexes = .annBenchmarks(try AnnBenchmarksConfig(root, catalog: catalog))
      return sweep
    }
    try root.allowKeys(keys)
    if let node = try root.optional("datasets") {
      sweep.datasets = try list(node).map { (node) throws(YAMLError) in
        let dataset = try node.string()
        return Catalog.isPath(dataset) ? try path(node) : dataset
      }.distinct
    }
    sweep.ks = try counts(root, "k", 1...65_536) ?? sweep.ks
    sweep.threads = try counts(root, "threads", 1...1_024) ?? sweep.threads
    sweep.queries = try count(root, "queries", 1...Int.max)
    sweep.rows = try count(root, "limit", 1...Int(Int32.max))
    sweep.rounds = try count(root, "runs", 1...1_000) ?? sweep.rounds
    sweep.builds = try count(root, "builds", 1...1_000) ?? sweep.builds
    sweep.buildThreads = try count(root, "build_threads", 1...1_024) ?? sweep.buildThreads
    if let node = try root.optional("mode") { sweep.modes = try list(node).map(mode).distinct }
    if let node = try root.optional("seed") { sweep.seed = try seed(node) }
    sweep.isInterleaved = try root.optional("interleave")?.boolean() ?? false
    sweep.limits = try limits(root).filled(from: sweep.limits)
    sweep.workload = try workload(root)
    var variants: [IndexVariant] = []
    for (name, node) in try root.required("indexes").mapping() {
      variants.append(try variant(name, node, catalog: catalog))
    }
    sweep.indexes = .variants(variants)
    return sweep
  }

  // MARK: - Indexes

  private static func variant(
    _ name: String, _ node: YAMLNode, catalog: SubjectCatalog
  ) throws(YAMLError) -> IndexVariant {
    guard IndexVariant.isName(name) else {
      throw node.error(.invalidValue("'\(name)'", expected: IndexVariant.nameExpected))
    }
    // `flat:` without a value is the index with its defaults.
    let isBare = node.isNull
    if !isBare { try node.allowKeys(indexKeys) }
    let kindNode = isBare ? nil : try node.optional("index")
    let kind = try kindNode?.string() ?? name
    let subject =
      if !isBare, let plugin = try node.optional("plugin") {
        try self.subject(ofKind: kind, isNamed: kindNode != nil, in: plugin, catalog: catalog)
      } else {
        try self.subject(ofKind: kind, at: kindNode ?? node, catalog: catalog)
      }
    let declaration = subject.declaration
    guard !isBare else {
      return try checked(at: node) { () throws(IndexError) in try IndexVariant(subject, name: name) }
    }
    let build = try settings(try node.optional("build"), declared: declaration.build)
    let search = try settings(try node.optional("search"), declared: declaration.search)
    let only = try filters(try node.optional("only"), declaration)
    let except = try filters(try node.optional("except"), declaration)
    let limits = try limits(node)
    return try checked(at: node) { () throws(IndexError) in
      try IndexVariant(
        subject, name: name, build: build, search: search, only: only, except: except, limits: limits)
    }
  }

  static func subject(
    ofKind kind: String, at node: YAMLNode, catalog: SubjectCatalog
  ) throws(YAMLError) -> Subject {
    do throws(IndexError) { return try catalog.subject(ofKind: kind) } catch {
      let kinds = catalog.kinds.joined(separator: ", ")
      throw node.error(.invalidValue("'\(kind)'", expected: "a kind of index (\(kinds))"))
    }
  }

  /// A kind of a plug-in: the one of that name, or the only one when no name is given.
  private static func subject(
    ofKind kind: String, isNamed: Bool, in node: YAMLNode, catalog: SubjectCatalog
  ) throws(YAMLError) -> Subject {
    let path = try path(node)
    let subjects: [Subject]
    do throws(PluginError) { subjects = try catalog.subjects(ofPlugin: path) } catch {
      throw node.error(.refused("\(error)"))
    }
    if let subject = subjects.first(where: { $0.kind == kind }) { return subject }
    if !isNamed, subjects.count == 1 { return subjects[0] }
    let kinds = subjects.map(\.kind).joined(separator: ", ")
    throw node.error(.refused("\(path) has no index '\(kind)'; write index: and one of \(kinds)"))
  }

  private static func checked<Result>(
    at node: YAMLNode, _ body: () throws(IndexError) -> Result
  ) throws(YAMLError) -> Result {
    do throws(IndexError) { return try body() } catch { throw node.error(.refused("\(error)")) }
  }

  private static func settings(
    _ node: YAMLNode?, declared: [ParameterDeclaration]
  ) throws(YAMLError) -> [Setting] {
    guard let node else { return [] }
    try node.allowKeys(declared.map(\.name))
    return try node.mapping().map { (name, value) throws(YAMLError) in
      guard let declaration = declared.first(where: { $0.name == name }) else {
        throw value.error(.unknownKey(name, allowed: declared.map(\.name)))
      }
      return Setting(name, try values(value, of: declaration))
    }
  }

  /// The values of a parameter: a single value, a list, or a range.
  private static func values(_ node: YAMLNode, of declaration: ParameterDeclaration) throws(YAMLError) -> [String] {
    if case .mapping = node.content {
      let range = try ValueRange(node, isInteger: declaration.isInteger)
      return try range.values.map { (text) throws(YAMLError) in try parse(text, of: declaration, at: node) }
    }
    return try list(node).map { (node) throws(YAMLError) in
      try parse(try node.string(), of: declaration, at: node)
    }
  }

  /// The value in the index's own spelling.
  static func parse(
    _ text: String, of declaration: ParameterDeclaration, at node: YAMLNode
  ) throws(YAMLError) -> String {
    do throws(IndexError) {
      return try declaration.value(parsing: text).description
    } catch {
      throw node.error(.invalidValue(text, expected: declaration.expected))
    }
  }

  private static func filters(_ node: YAMLNode?, _ declaration: IndexDeclaration) throws(YAMLError) -> [CellFilter] {
    guard let node else { return [] }
    let declared = declaration.build + declaration.search
    return try list(node).map { (node) throws(YAMLError) in
      try node.allowKeys(declared.map(\.name) + CellFilter.properties)
      var conditions: [String: [String]] = [:]
      for (name, value) in try node.mapping() {
        if let parameter = declared.first(where: { $0.name == name }) {
          conditions[name] = try values(value, of: parameter)
        } else {
          conditions[name] = try list(value).map { (node) throws(YAMLError) in try node.string() }
        }
      }
      return CellFilter(conditions)
    }
  }

  // MARK: - Values

  /// The elements of a list, or the node itself when it is not a list.
  private static func list(_ node: YAMLNode) throws(YAMLError) -> [YAMLNode] {
    guard case .sequence(let nodes) = node.content else { return [node] }
    guard !nodes.isEmpty else { throw node.error(.invalidValue("an empty list", expected: "at least one value")) }
    return nodes
  }

  private static func count(
    _ root: YAMLNode, _ key: String, _ range: ClosedRange<Int>
  ) throws(YAMLError) -> Int? {
    guard let node = try root.optional(key) else { return nil }
    return try count(node, range)
  }

  private static func counts(
    _ root: YAMLNode, _ key: String, _ range: ClosedRange<Int>
  ) throws(YAMLError) -> [Int]? {
    guard let node = try root.optional(key) else { return nil }
    return try list(node).map { (node) throws(YAMLError) in try count(node, range) }.distinct
  }

  private static func count(_ node: YAMLNode, _ range: ClosedRange<Int>) throws(YAMLError) -> Int {
    let text = try node.string()
    let value = if let count = Quantity.count(text) { count } else { try node.integer() }
    guard range.contains(value) else {
      let expected = ParameterDeclaration.Domain.integer(range).description
      throw node.error(.invalidValue("\(value)", expected: expected))
    }
    return value
  }

  private static func mode(_ node: YAMLNode) throws(YAMLError) -> SearchMode {
    let text = try node.string()
    guard let mode = SearchMode(rawValue: text) else {
      throw node.error(.invalidValue(text, expected: "single or batch"))
    }
    return mode
  }

  private static func seed(_ node: YAMLNode) throws(YAMLError) -> UInt64 {
    let text = try node.string()
    guard let seed = RunOptions.seed(parsing: text) else {
      throw node.error(.invalidValue(text, expected: RunOptions.seedExpected))
    }
    return seed
  }

  /// Reads the workload; fields that do not apply to it are refused.
  private static func workload(_ root: YAMLNode) throws(YAMLError) -> Workload {
    let node = try root.optional("workload")
    let filters = try root.optional("filter")
    let name = try node?.string() ?? (filters == nil ? Workload.search : .filtered([])).name
    guard let workload = Workload(name: name) else {
      throw (node ?? root).error(.invalidValue(name, expected: "one of \(Workload.names.joined(separator: ", "))"))
    }
    let ofIngest = ["readers", "write_batch", "base_rows", "idle"]
    let ofLoad = ["clients", "schedule", "duration", "mix"]
    let unsuited: [String] =
      switch workload {
      case .search, .drift: ofIngest + ofLoad + ["rate", "runbook", "filter"]
      case .filtered: ofIngest + ofLoad + ["rate", "runbook", "mode"]
      case .ingest: ofLoad + ["runs", "threads", "mode", "runbook", "filter"]
      case .load: ofIngest + ["threads", "mode", "runbook", "filter"]
      case .runbook: ofIngest + ofLoad + ["rate", "filter"]
      }
    for key in unsuited {
      if let node = try root.optional(key) {
        throw node.error(.refused("\(key) does not go with workload: \(name); leave one of them out"))
      }
    }
    if let filters {
      return .filtered(
        try list(filters).map { (node) throws(YAMLError) in
          let text = try node.string()
          do throws(FilterConditionError) { return try FilterChoice(parsing: text) } catch {
            throw node.error(.refused("\(error)"))
          }
        }.distinct)
    }
    if case .load(let options) = workload { return .load(try load(root, options)) }
    if case .runbook = workload { return .runbook(try RunbookFile(path: try path(try root.required("runbook")))) }
    guard case .ingest(var options) = workload else { return workload }
    options.readers = try count(root, "readers", IngestOptions.readersRange) ?? options.readers
    options.rate = try count(root, "rate", IngestOptions.rateRange) ?? options.rate
    options.batchRows = try count(root, "write_batch", IngestOptions.batchRowsRange) ?? options.batchRows
    options.baseRows = try count(root, "base_rows", IngestOptions.baseRowsRange)
    options.idleSeconds = try root.optional("idle").map(seconds) ?? options.idleSeconds
    return .ingest(options)
  }

  private static func load(_ root: YAMLNode, _ initial: LoadOptions) throws(YAMLError) -> LoadOptions {
    var options = initial
    let rates = try list(try root.required("rate")).map { (node) throws(YAMLError) -> [Int] in
      let text = try node.string()
      guard let rates = LoadOptions.rates(parsing: text) else {
        throw node.error(.invalidValue(text, expected: LoadOptions.ratesExpected))
      }
      return rates
    }
    options.rates = rates.flatMap { $0 }.distinct.sorted()
    options.clients = try count(root, "clients", LoadOptions.clientsRange) ?? options.clients
    options.seconds = try root.optional("duration").map(seconds) ?? options.seconds
    if let node = try root.optional("schedule") {
      let text = try node.string()
      guard let schedule = ArrivalSchedule(rawValue: text) else {
        throw node.error(.invalidValue(text, expected: "fixed or poisson"))
      }
      options.schedule = schedule
    }
    if let node = try root.optional("mix") {
      let text = try node.string()
      guard let mix = LoadMix(parsing: text) else { throw node.error(.invalidValue(text, expected: LoadMix.expected)) }
      options.mix = mix
    }
    return options
  }

  /// The path that a node names; a relative one starts at the folder of the sweep file.
  private static func path(_ node: YAMLNode) throws(YAMLError) -> String {
    let text = try node.string()
    guard !text.hasPrefix("/") else { return text }
    return URL(filePath: text, relativeTo: URL(filePath: node.source).deletingLastPathComponent()).path
  }

  private static func seconds(_ node: YAMLNode) throws(YAMLError) -> Double {
    let text = try node.string()
    guard let seconds = Quantity.seconds(text) else {
      throw node.error(.invalidValue(text, expected: Quantity.secondsExpected))
    }
    return seconds
  }

  private static func limits(_ node: YAMLNode) throws(YAMLError) -> Limits {
    var limits = Limits()
    limits.seconds = try node.optional("timeout").map(seconds)
    if let node = try node.optional("memory") {
      let text = try node.string()
      guard let bytes = Quantity.bytes(text) else {
        throw node.error(.invalidValue(text, expected: Quantity.bytesExpected))
      }
      limits.memoryBytes = bytes
    }
    return limits
  }
}

extension ParameterDeclaration {
  fileprivate var isInteger: Bool { if case .integer = domain { true } else { false } }
}
