import VectorCore
import VectorIndexes
import YAML

/// An ann-benchmarks `config.yml`, for the constructors that this project has an index for.
///
/// Point type → metric or `any` → algorithms, each with `base_args` and `run_groups` of `args` or `arg_groups` and
/// `query_args` or `query_arg_groups`; `@metric`, `@dimension` and `@count` stand for the dataset's and k. Disabled
/// algorithms are passed over. A constructor may also be one of this project's kinds, its arguments in the order of the
/// declaration or by name.
///
/// Source: `ann_benchmarks/definitions.py`, https://github.com/erikbern/ann-benchmarks.
public struct AnnBenchmarksConfig: Sendable {
  /// What a constructor's arguments are called here.
  private struct Constructor {
    let type: any VectorIndex.Type
    /// nil for one that the index does without: the metric comes from the dataset.
    let build: [String?]
    let search: [String]
    var fixed: [String: String] = [:]
  }

  private struct Algorithm: Sendable {
    let pointType: String
    let metric: String
    let name: String
    let node: YAMLNode
    let constructorNode: YAMLNode
  }

  private static let pointTypes = ["float", "bit"]
  private static let anyMetric = "any"

  private let algorithms: [Algorithm]
  private let catalog: IndexCatalog

  /// Whether a file is one, by the names at its top.
  static func isOne(_ root: YAMLNode) throws(YAMLError) -> Bool {
    let keys = try root.mapping().map(\.key)
    return !keys.isEmpty && keys.allSatisfy(pointTypes.contains)
  }

  /// - Throws: `YAMLError` for a constructor that nothing here stands for, and for what is no such file.
  init(_ root: YAMLNode, catalog: IndexCatalog) throws(YAMLError) {
    self.catalog = catalog
    var algorithms: [Algorithm] = []
    for (pointType, metrics) in try root.mapping() {
      for (metric, list) in try metrics.mapping() {
        for node in try list.sequence() where try node.optional("disabled")?.boolean() != true {
          let constructorNode = try node.required("constructor")
          let nameNode = try node.required("name")
          let name = try nameNode.string()
          guard IndexVariant.isName(name) else {
            throw nameNode.error(.invalidValue("'\(name)'", expected: IndexVariant.nameExpected))
          }
          algorithms.append(
            Algorithm(
              pointType: pointType, metric: metric, name: name, node: node,
              constructorNode: constructorNode))
        }
      }
    }
    self.algorithms = algorithms
    for algorithm in algorithms { _ = try constructor(of: algorithm) }
  }

  /// What the file asks for on a dataset.
  ///
  /// - Throws: `YAMLError` for arguments that the index does not take.
  /// - Complexity: O(combinations).
  public func variants(for dataset: DatasetShape, k: Int) throws(YAMLError) -> [IndexVariant] {
    let pointType = dataset.metric == .hamming ? "bit" : "float"
    let substitutes = [
      "@metric": dataset.metric.rawValue, "@dimension": String(dataset.dimension), "@count": String(k),
    ]
    var variants: [IndexVariant] = []
    for algorithm in algorithms
    where algorithm.pointType == pointType && [Self.anyMetric, dataset.metric.rawValue].contains(algorithm.metric) {
      let constructor = try constructor(of: algorithm)
      let base = try algorithm.node.optional("base_args").map { (node) throws(YAMLError) in
        try node.sequence().map(Argument.init)
      }
      for (_, group) in try algorithm.node.required("run_groups").mapping() {
        let builds = try Self.combinations(group, "args", "arg_groups")
        let searches = try Self.combinations(group, "query_args", "query_arg_groups")
        guard !builds.isEmpty else { throw group.error(.missingKey("args")) }
        try Self.check([builds.count, max(searches.count, 1)], beside: variants.count, at: group)
        for build in builds {
          for search in searches.isEmpty ? [[]] : searches {
            variants.append(
              try variant(
                algorithm, constructor, build: (base ?? []) + build, search: search, group, substitutes))
          }
        }
      }
    }
    return variants
  }

  private func variant(
    _ algorithm: Algorithm, _ constructor: Constructor, build: [Argument], search: [Argument], _ group: YAMLNode,
    _ substitutes: [String: String]
  ) throws(YAMLError) -> IndexVariant {
    let declaration = constructor.type.declaration
    var built = try named(
      build, constructor.build, declared: declaration.build, substitutes, place: algorithm.constructorNode)
    built += constructor.fixed.map { Setting($0.key, [$0.value]) }
    let searched = try named(
      search, constructor.search, declared: declaration.search, substitutes, place: algorithm.constructorNode)
    do throws(IndexError) {
      return try IndexVariant(constructor.type, name: algorithm.name, build: built, search: searched)
    } catch {
      throw group.error(.refused("\(error)"))
    }
  }

  private func constructor(of algorithm: Algorithm) throws(YAMLError) -> Constructor {
    let name = try algorithm.constructorNode.string()
    if let type = try? catalog.type(ofKind: name) {
      return Constructor(
        type: type, build: type.declaration.build.map(\.name), search: type.declaration.search.map(\.name))
    }
    func ours(_ kind: String) throws(YAMLError) -> any VectorIndex.Type {
      try SweepFile.type(ofKind: kind, at: algorithm.constructorNode, catalog: catalog)
    }
    switch name {
    case "BruteForce", "BruteForceBLAS":
      return Constructor(type: try ours("flat"), build: [nil], search: [])
    case "FaissIVF":
      return Constructor(type: try ours("ivf-flat"), build: [nil, "nlist"], search: ["nprobe"])
    case "FaissIVFPQfs":
      return Constructor(
        type: try ours("ivf-pq"), build: [nil, "nlist"], search: ["nprobe", "refine"], fixed: ["nbits": "4"])
    default:
      let kinds = catalog.kinds.joined(separator: ", ")
      throw algorithm.constructorNode.error(
        .invalidValue(
          "'\(name)'", expected: "BruteForce, BruteForceBLAS, FaissIVF, FaissIVFPQfs or a kind of index (\(kinds))"))
    }
  }

  /// Gives positional arguments their names, and checks all values.
  private func named(
    _ arguments: [Argument], _ names: [String?], declared: [ParameterDeclaration], _ substitutes: [String: String],
    place: YAMLNode
  ) throws(YAMLError) -> [Setting] {
    var settings: [Setting] = []
    func set(_ name: String, _ node: YAMLNode) throws(YAMLError) {
      guard let declaration = declared.first(where: { $0.name == name }) else {
        throw node.error(.unknownKey(name, allowed: declared.map(\.name)))
      }
      let text = try node.string()
      settings.append(Setting(name, [try SweepFile.parse(substitutes[text] ?? text, of: declaration, at: node)]))
    }
    var position = 0
    for argument in arguments {
      switch argument {
      case .named(let pairs):
        for (name, node) in pairs { try set(name, node) }
      case .positional(let node):
        // The kinds of this project take the metric from the dataset, wherever it stands.
        if try node.string() == "@metric", position >= names.count || names[position] != nil { continue }
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
  private enum Argument {
    case positional(YAMLNode)
    case named([(key: String, value: YAMLNode)])

    init(_ node: YAMLNode) throws(YAMLError) {
      if case .mapping(let pairs) = node.content { self = .named(pairs) } else { self = .positional(node) }
    }
  }

  /// The argument lists of a run group: the product of its elements, of which `groups` is preferred.
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

  /// Refuses more combinations than a sweep can have cells, before they are made.
  private static func check(_ counts: [Int], beside others: Int, at node: YAMLNode) throws(YAMLError) {
    let product = CellCount(counts)
    guard product.value.map({ $0 <= CellCount.most - others }) ?? false else {
      throw node.error(
        .refused("\(product) combinations\(others > 0 ? " beside \(others) others" : ""); \(CellCount.remedy)"))
    }
  }
}
