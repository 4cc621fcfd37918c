import VectorIndexes

/// The values that one parameter takes in a sweep, as typed: `--set nprobe=1,2,4`.
public struct Setting: Sendable, Equatable {
  public let name: String
  public let values: [String]

  public init(_ name: String, _ values: [String]) {
    self.name = name
    self.values = values
  }
}

/// One index of a sweep under a name of its own: which builds of it are measured with which search settings.
public struct IndexVariant: Sendable {
  /// The kind, or what the sweep calls it: `pq4`.
  public let name: String
  public let type: any VectorIndex.Type
  /// The product of all build settings, in order; the first setting varies slowest.
  public let builds: [Parameters]
  /// The product of all search settings, in order.
  public let searches: [Parameters]
  /// Cells that none of these matches are left out, unless there are none.
  public let only: [CellFilter]
  /// Cells that one of these matches are left out.
  public let except: [CellFilter]
  /// In place of the sweep's, where set.
  public let limits: Limits

  /// Makes the products; equal values are measured once.
  ///
  /// - Parameter name: nil for the kind.
  /// - Throws: `IndexError.unknownParameter`, or `.invalidParameter` for a value that the index does not take.
  public init(
    _ type: any VectorIndex.Type, name: String? = nil, build: [Setting] = [], search: [Setting] = [],
    only: [CellFilter] = [], except: [CellFilter] = [], limits: Limits = Limits()
  ) throws(IndexError) {
    let declaration = type.declaration
    self.name = name ?? declaration.kind
    self.type = type
    builds = try Self.product(of: build, declared: declaration.build, kind: declaration.kind)
    searches = try Self.product(of: search, declared: declaration.search, kind: declaration.kind)
    self.only = only
    self.except = except
    self.limits = limits
  }

  /// Makes one variant of each index from settings that need not suit all of them: each takes those it declares.
  ///
  /// Values of a name given twice are joined.
  ///
  /// - Throws: `IndexError.unknownParameter` for a name that none of the indexes declares, `.invalidParameter` for a
  ///   value that an index which declares the name does not take.
  public static func variants(
    of indexes: [any VectorIndex.Type], settings: [Setting]
  ) throws(IndexError) -> [IndexVariant] {
    let declarations = indexes.map { $0.declaration }
    let known = declarations.flatMap { ($0.build + $0.search).map(\.name) }
    for setting in settings where !known.contains(setting.name) {
      throw .unknownParameter(
        name: setting.name, kind: declarations.map(\.kind).joined(separator: ", "), known: known.distinct)
    }
    let merged = settings.map(\.name).distinct.map { name in
      Setting(name, settings.filter { $0.name == name }.flatMap(\.values))
    }
    var variants: [IndexVariant] = []
    for (type, declaration) in zip(indexes, declarations) {
      func declared(_ parameters: [ParameterDeclaration]) -> [Setting] {
        merged.filter { setting in parameters.contains { $0.name == setting.name } }
      }
      variants.append(
        try IndexVariant(type, build: declared(declaration.build), search: declared(declaration.search)))
    }
    return variants
  }

  private static func product(
    of settings: [Setting], declared: [ParameterDeclaration], kind: String
  ) throws(IndexError) -> [Parameters] {
    var combinations: [[String: String]] = [[:]]
    for setting in settings {
      combinations = combinations.flatMap { combination in
        setting.values.map { value in combination.merging([setting.name: value]) { _, new in new } }
      }
    }
    var parameters: [Parameters] = []
    for combination in combinations { parameters.append(try Parameters(combination, declared: declared, kind: kind)) }
    // Two spellings of one value ("4" and "04") are one cell.
    return parameters.distinct
  }
}

extension Array where Element: Hashable {
  /// The elements in the order of their first appearance.
  public var distinct: [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
