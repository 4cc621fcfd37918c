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

/// Which cells a sweep measures: the product of all settings, grouped so that one build serves all its searches.
///
/// Which parameters need a new build and which do not is read from each index's declaration.
public struct SweepPlan: Sendable {
  /// One build of an index and the search settings it is measured under.
  public struct Build: Sendable {
    public let type: any VectorIndex.Type
    public let parameters: Parameters
    public let searches: [Parameters]

    /// Kind and build parameters: `ivf-flat(nlist=256)`.
    public var label: String { Cell.label(kind: type.declaration.kind, parameters.entries) }

    /// The cells this build serves, in the order of `searches`.
    public var cells: [Cell] {
      searches.map { Cell(kind: type.declaration.kind, build: parameters, search: $0) }
    }
  }

  /// In the order of the indexes; the first setting varies slowest.
  public let builds: [Build]

  /// How many cells there are.
  public var cellCount: Int { builds.reduce(0) { $0 + $1.searches.count } }

  /// Plans the product of all settings for each index.
  ///
  /// A setting applies to every index that declares its name. Values of a name given twice are joined, equal values
  /// are measured once.
  ///
  /// - Throws: `IndexError.unknownParameter` for a name that none of the indexes declares, `.invalidParameter` for a
  ///   value that an index which declares the name does not take.
  public init(indexes: [any VectorIndex.Type], settings: [Setting]) throws(IndexError) {
    let declarations = indexes.map { $0.declaration }
    let known = declarations.flatMap { ($0.build + $0.search).map(\.name) }
    for setting in settings where !known.contains(setting.name) {
      throw .unknownParameter(
        name: setting.name, kind: declarations.map(\.kind).joined(separator: ", "), known: Self.distinct(known))
    }
    let merged = Self.distinct(settings.map(\.name)).map { name in
      Setting(name, Self.distinct(settings.filter { $0.name == name }.flatMap(\.values)))
    }
    var builds: [Build] = []
    for (type, declaration) in zip(indexes, declarations) {
      let searches = try Self.product(of: merged, declared: declaration.search, kind: declaration.kind)
      for parameters in try Self.product(of: merged, declared: declaration.build, kind: declaration.kind) {
        builds.append(Build(type: type, parameters: parameters, searches: searches))
      }
    }
    self.builds = builds
  }

  private static func product(
    of settings: [Setting], declared: [ParameterDeclaration], kind: String
  ) throws(IndexError) -> [Parameters] {
    var combinations: [[String: String]] = [[:]]
    for setting in settings where declared.contains(where: { $0.name == setting.name }) {
      combinations = combinations.flatMap { combination in
        setting.values.map { value in combination.merging([setting.name: value]) { _, new in new } }
      }
    }
    var parameters: [Parameters] = []
    for combination in combinations {
      let next = try Parameters(combination, declared: declared, kind: kind)
      // Two spellings of one value ("4" and "04") are one cell.
      if !parameters.contains(next) { parameters.append(next) }
    }
    return parameters
  }

  /// The names in the order of their first appearance.
  private static func distinct(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }
}
