import VectorCore
import VectorIndexes
import YAML

/// A `config.yml` of ann-benchmarks, alone or in the folder of its module.
///
/// The indexes of a file alone are those of this project that stand for the file's constructors; the indexes of a
/// folder are those of the module in it, which runs in Python.
///
/// The file maps point type → metric or `any` → algorithms, each with `base_args` and `run_groups` of `args` or
/// `arg_groups` and `query_args` or `query_arg_groups`; `@metric` and `@dimension` stand for the dataset's values and
/// `@count` for k. Disabled algorithms are skipped. A constructor may also be one of this project's kinds, with its
/// arguments in the order of the declaration or by name.
///
/// Source: `ann_benchmarks/definitions.py`, https://github.com/erikbern/ann-benchmarks.
public struct AnnBenchmarksConfig: Sendable {
  /// The kind of index that stands for a constructor, and the names of the arguments there.
  private struct Constructor {
    let subject: Subject
    /// The parameter of each argument; `nil` for an argument that the index does not need, since the metric comes from
    /// the dataset.
    let build: [String?]
    let search: [String?]
    var fixed: [String: String] = [:]
    /// Whether a mapping counts as a positional argument, as it does in Python.
    var countsMappings = false
  }

  struct Algorithm: Sendable {
    let pointType: String
    let metric: String
    let name: String
    let node: YAMLNode
    let constructorNode: YAMLNode
  }

  private static let pointTypes = ["float", "bit"]
  static let anyMetric = "any"

  let algorithms: [Algorithm]
  private let catalog: SubjectCatalog
  /// The folder of the module to which the file belongs; `nil` for a file alone.
  private let folder: String?

  /// Whether the file is such a configuration, judged by its top-level keys.
  static func isOne(_ root: YAMLNode) throws(YAMLError) -> Bool {
    let keys = try root.mapping().map(\.key)
    return !keys.isEmpty && keys.allSatisfy(pointTypes.contains)
  }

  /// - Parameter folder: the folder that also contains the module, `module.py`.
  /// - Throws: `YAMLError` for a constructor without a corresponding kind of index, and for a file that is no such
  ///   configuration.
  init(_ root: YAMLNode, catalog: SubjectCatalog, folder: String? = nil) throws(YAMLError) {
    self.catalog = catalog
    self.folder = folder
    var algorithms: [Algorithm] = []
    for (pointType, metrics) in try root.mapping() {
      for (metric, list) in try metrics.mapping() {
        for node in try list.sequence() where try node.optional("disabled")?.boolean() != true {
          let constructorNode = try node.required("constructor")
          let nameNode = try node.required("name")
          let text = try nameNode.string()
          guard let name = IndexVariant.name(from: text) else {
            throw nameNode.error(.invalidValue("'\(text)'", expected: IndexVariant.nameExpected))
          }
          algorithms.append(
            Algorithm(
              pointType: pointType, metric: metric, name: name, node: node,
              constructorNode: constructorNode))
        }
      }
    }
    self.algorithms = algorithms
    if folder == nil { for algorithm in algorithms { _ = try ours(for: algorithm) } }
  }

  /// The variants that the file defines for a dataset.
  ///
  /// - Throws: `YAMLError` for arguments that the index does not accept.
  /// - Complexity: O(combinations).
  public func variants(for dataset: DatasetShape, k: Int) throws(YAMLError) -> [IndexVariant] {
    let pointType = dataset.metric == .hamming ? "bit" : "float"
    let substitutes = [
      "@metric": dataset.metric.rawValue, "@dimension": String(dataset.dimension), "@count": String(k),
    ]
    var variants: [IndexVariant] = []
    for algorithm in algorithms
    where algorithm.pointType == pointType && [Self.anyMetric, dataset.metric.rawValue].contains(algorithm.metric) {
      let groups = try Self.groups(of: algorithm)
      let constructor =
        if let folder { try module(algorithm, groups, folder: folder) } else { try ours(for: algorithm) }
      for group in groups {
        try Self.check([group.builds.count, group.searches.count], beside: variants.count, at: group.node)
        for build in group.builds {
          for search in group.searches {
            variants.append(
              try variant(algorithm, constructor, build: build, search: search, group.node, substitutes))
          }
        }
      }
    }
    return variants
  }

  /// The argument lists of each run group; each group has at least one list.
  private static func groups(
    of algorithm: Algorithm
  ) throws(YAMLError) -> [(node: YAMLNode, builds: [[Argument]], searches: [[Argument]])] {
    let base = try algorithm.node.optional("base_args").map { (node) throws(YAMLError) in
      try node.sequence().map(Argument.init)
    }
    return try algorithm.node.required("run_groups").mapping().map { (_, group) throws(YAMLError) in
      let builds = try Self.combinations(group, "args", "arg_groups")
      let searches = try Self.combinations(group, "query_args", "query_arg_groups")
      guard !builds.isEmpty else { throw group.error(.missingKey("args")) }
      return (group, builds.map { (base ?? []) + $0 }, searches.isEmpty ? [[]] : searches)
    }
  }

  /// Reads the module in a folder and turns its arguments into parameters.
  private func module(
    _ algorithm: Algorithm, _ groups: [(node: YAMLNode, builds: [[Argument]], searches: [[Argument]])],
    folder: String
  ) throws(YAMLError) -> Constructor {
    let module = try AnnBenchmarksModule(
      algorithm, folder: folder, interpreter: catalog.interpreter, builds: groups.flatMap(\.builds),
      searches: groups.flatMap(\.searches))
    return Constructor(
      subject: module.subject, build: module.buildNames, search: module.searchNames, countsMappings: true)
  }

  private func variant(
    _ algorithm: Algorithm, _ constructor: Constructor, build: [Argument], search: [Argument], _ group: YAMLNode,
    _ substitutes: [String: String]
  ) throws(YAMLError) -> IndexVariant {
    let declaration = constructor.subject.declaration
    var built = try named(
      build, constructor.build, declared: declaration.build, substitutes,
      countsMappings: constructor.countsMappings,
      place: algorithm.constructorNode)
    built += constructor.fixed.map { Setting($0.key, [$0.value]) }
    let searched = try named(
      search, constructor.search, declared: declaration.search, substitutes,
      countsMappings: constructor.countsMappings,
      place: algorithm.constructorNode)
    do throws(IndexError) {
      return try IndexVariant(constructor.subject, name: algorithm.name, build: built, search: searched)
    } catch {
      throw group.error(.refused("\(error)"))
    }
  }

  /// Finds this project's equivalent of a constructor.
  private func ours(for algorithm: Algorithm) throws(YAMLError) -> Constructor {
    let name = try algorithm.constructorNode.string()
    if let subject = try? catalog.subject(ofKind: name) {
      return Constructor(
        subject: subject, build: subject.declaration.build.map(\.name), search: subject.declaration.search.map(\.name))
    }
    func kind(_ kind: String) throws(YAMLError) -> Subject {
      try SweepFile.subject(ofKind: kind, at: algorithm.constructorNode, catalog: catalog)
    }
    switch name {
    case "BruteForce", "BruteForceBLAS":
      return Constructor(subject: try kind("flat"), build: [nil], search: [])
    case "FaissIVF":
      return Constructor(subject: try kind("ivf-flat"), build: [nil, "nlist"], search: ["nprobe"])
    case "FaissIVFPQfs":
      return Constructor(
        subject: try kind("ivf-pq"), build: [nil, "nlist"], search: ["nprobe", "refine"], fixed: ["nbits": "4"])
    default:
      let kinds = catalog.kinds.joined(separator: ", ")
      throw algorithm.constructorNode.error(
        .invalidValue(
          "'\(name)'", expected: "BruteForce, BruteForceBLAS, FaissIVF, FaissIVFPQfs or a kind of index (\(kinds))"))
    }
  }

  /// Assigns names to positional arguments, and checks all values.
  private func named(
    _ arguments: [Argument], _ names: [String?], declared: [ParameterDeclaration], _ substitutes: [String: String],
    countsMappings: Bool, place: YAMLNode
  ) throws(YAMLError) -> [Setting] {
    var settings: [Setting] = []
    func set(_ name: String, _ node: YAMLNode) throws(YAMLError) {
      guard let declaration = declared.first(where: { $0.name == name }) else {
        throw node.error(.unknownKey(name, allowed: declared.map(\.name)))
      }
      let text = countsMappings ? node.words : try node.string()
      settings.append(Setting(name, [try SweepFile.parse(substitutes[text] ?? text, of: declaration, at: node)]))
    }
    var position = 0
    for argument in arguments {
      switch argument {
      case .named(let pairs):
        for (name, node) in pairs { try set(name, node) }
        if countsMappings { position += 1 }
      case .positional(let node):
        // This project's kinds take the metric from the dataset, at whatever position it is given.
        if node.words == "@metric", position >= names.count || names[position] != nil { continue }
        guard position < names.count else {
          throw node.error(.refused("\(try place.string()) takes no more arguments than \(names.count)"))
        }
        if let name = names[position] { try set(name, node) }
        position += 1
      }
    }
    return settings
  }
}

// MARK: - Arguments

extension AnnBenchmarksConfig {
  /// One argument of a constructor or of `set_query_arguments`.
  enum Argument {
    case positional(YAMLNode)
    case named([(key: String, value: YAMLNode)])

    init(_ node: YAMLNode) throws(YAMLError) {
      if case .mapping(let pairs) = node.content { self = .named(pairs) } else { self = .positional(node) }
    }
  }

  /// The argument lists of a run group: the product of its elements. The elements of `groups` take precedence.
  private static func combinations(
    _ group: YAMLNode, _ plain: String, _ groups: String
  ) throws(YAMLError) -> [[Argument]] {
    if let node = try group.mapping().first(where: { $0.key == groups })?.value {
      let alternatives = try node.sequence().map { (element) throws(YAMLError) -> [Argument] in
        switch element.content {
        // A mapping of lists is a product of named arguments.
        case .mapping: try products(of: element).map { .named($0) }
        case .sequence(let nodes): try nodes.map(Argument.init)
        case .scalar: [.positional(element)]
        }
      }
      return try product(alternatives, at: node)
    }
    guard let node = try group.mapping().first(where: { $0.key == plain })?.value else { return [] }
    switch node.content {
    case .mapping: return try products(of: node).map { [.named($0)] }
    case .sequence(let nodes):
      let alternatives = try nodes.map { (node) throws(YAMLError) -> [Argument] in
        guard case .sequence(let nodes) = node.content else { return [try Argument(node)] }
        return try nodes.map(Argument.init)
      }
      return try product(alternatives, at: node)
    case .scalar: throw node.error(.wrongType(expected: "a list or a mapping", found: "a single value"))
    }
  }

  private static func products(of node: YAMLNode) throws(YAMLError) -> [[(key: String, value: YAMLNode)]] {
    let pairs = try node.mapping()
    let alternatives = pairs.map { pair in
      guard case .sequence(let values) = pair.value.content else { return [pair] }
      return values.map { (pair.key, $0) }
    }
    return try product(alternatives, at: node)
  }

  private static func product<Element>(
    _ alternatives: [[Element]], at node: YAMLNode
  ) throws(YAMLError) -> [[Element]] {
    guard !alternatives.contains(where: \.isEmpty) else { return [] }
    try check(alternatives.map(\.count), beside: 0, at: node)
    return alternatives.reduce([[]]) { lists, next in lists.flatMap { list in next.map { list + [$0] } } }
  }

  /// Refuses more combinations than a sweep may have cells, before they are created.
  private static func check(_ counts: [Int], beside others: Int, at node: YAMLNode) throws(YAMLError) {
    let product = CellCount(counts)
    guard product.value.map({ $0 <= CellCount.most - others }) ?? false else {
      throw node.error(
        .refused("\(product) combinations\(others > 0 ? " beside \(others) others" : ""); \(CellCount.remedy)"))
    }
  }
}
