import Foundation
import VectorIndexes

/// The settings of an index among which the best one is looked for.
///
/// The values of a parameter are the given ones, or else those that its declaration suggests; a parameter without
/// either has its default.
struct TuningSpace: Sendable {
  /// Values by the names of parameters, as text.
  typealias Settings = [String: String]

  /// The parameter whose least value that reaches a recall is looked for.
  struct Bisected: Sendable {
    let name: String
    let ladder: Ladder
    /// The position at which a search begins.
    let start: Int
  }

  let variant: IndexVariant
  /// The number of rows of the dataset.
  let rows: Int
  /// The settings of the builds over all rows; those in the middle of their ranges come first.
  let builds: [Settings]
  /// The build parameters that grow with the square root of the number of rows.
  private let followingRows: Set<String>
  /// The first search parameter that can be bisected; `nil` when there is none.
  let bisected: Bisected?
  /// The settings of the other search parameters; those that reach the highest recalls come first.
  let searches: [Settings]
  /// The search parameters that are not bisected and with which recall rises.
  private let rising: Set<String>

  /// The value at which the search of a bisected parameter begins whose default the index chooses.
  private static let usualStart = 8

  /// - Throws: `TuneError.nothingToTune` when only one setting is left.
  init(_ variant: IndexVariant, rows: Int) throws(TuneError) {
    self.variant = variant
    self.rows = rows
    let declaration = variant.subject.declaration
    let given = variant.buildSettings + variant.searchSettings
    let all = declaration.build + declaration.search
    /// Whether a parameter that would take its place, or whose place it would take, is given.
    func isReplaced(_ parameter: ParameterDeclaration) -> Bool {
      let others =
        all.filter { $0.alternative == parameter.name }.map(\.name) + [parameter.alternative].compactMap { $0 }
      return given.contains { others.contains($0.name) }
    }
    func values(_ parameter: ParameterDeclaration) -> [String]? {
      if let setting = given.first(where: { $0.name == parameter.name }) { return setting.values }
      guard !isReplaced(parameter) else { return nil }
      switch parameter.tuning {
      case .rising(let values)?, .values(let values)?: return values.map(\.description)
      case .rootOfRows(let multiples)?:
        return multiples.map { String(Self.count($0, rows: rows)) }.distinct
      case .bisected?, nil: return nil
      }
    }
    let buildValues = declaration.build.compactMap { parameter in
      values(parameter).map { (name: parameter.name, values: $0) }
    }
    builds = Self.middleFirst(buildValues)
    followingRows = Set(
      declaration.build.filter { if case .rootOfRows? = $0.tuning { true } else { false } }.map(\.name))
    bisected =
      declaration.search.lazy.compactMap { parameter -> Bisected? in
        guard parameter.tuning == .bisected, !isReplaced(parameter), case .integer(let domain) = parameter.domain else {
          return nil
        }
        var ladder = Ladder.range(domain.lowerBound...max(min(domain.upperBound, rows), domain.lowerBound))
        if let setting = given.first(where: { $0.name == parameter.name }) {
          ladder = .list(setting.values.compactMap(Int.init).sorted())
          // A single value leaves nothing to bisect, and `auto` is no position.
          guard setting.values.count > 1, ladder != .list([]) else { return nil }
        }
        var start = Self.usualStart
        if case .integer(let value) = parameter.defaultValue { start = value }
        return Bisected(name: parameter.name, ladder: ladder, start: ladder.position(of: start))
      }.first
    let bisectedName = bisected?.name
    let others = declaration.search.filter { $0.name != bisectedName }
    let risingNames = Set(others.filter { if case .rising? = $0.tuning { true } else { false } }.map(\.name))
    rising = risingNames
    searches = Self.product(
      others.compactMap { parameter in
        values(parameter).map { values in
          (parameter.name, risingNames.contains(parameter.name) ? Self.descending(values) : values)
        }
      })
    guard builds.count * searches.count > 1 || bisected != nil else { throw .nothingToTune(kind: declaration.kind) }
  }

  /// The build parameters for some of the rows: those that follow the number of rows are smaller for fewer rows.
  func build(_ settings: Settings, rows: Int) throws(IndexError) -> Parameters {
    var settings = settings
    for name in followingRows where rows < self.rows {
      guard let value = settings[name].flatMap(Int.init) else { continue }
      let scaled = Double(value) * (Double(rows) / Double(self.rows)).squareRoot()
      settings[name] = String(max(1, Int(scaled.rounded())))
    }
    let declaration = variant.subject.declaration
    return try Parameters(settings, declared: declaration.build, kind: declaration.kind)
  }

  /// The search parameters.
  ///
  /// - Parameter position: the position of the bisected parameter; `nil` when there is none.
  func search(_ settings: Settings, at position: Int?) throws(IndexError) -> Parameters {
    var settings = settings
    if let bisected, let position { settings[bisected.name] = String(bisected.ladder.value(at: position)) }
    let declaration = variant.subject.declaration
    return try Parameters(settings, declared: declaration.search, kind: declaration.kind)
  }

  /// Whether a combination of search settings reaches no higher recall than another one.
  func reachesNoMore(_ settings: Settings, than other: Settings) -> Bool {
    settings.allSatisfy { name, value in
      guard let theirs = other[name] else { return false }
      guard rising.contains(name), let one = Double(value), let limit = Double(theirs) else { return value == theirs }
      return one <= limit
    }
  }

  /// The power of two that is nearest to a multiple of the square root of the number of rows, at most that number.
  private static func count(_ multiple: Double, rows: Int) -> Int {
    let power = log2(max(multiple * Double(rows).squareRoot(), 1)).rounded()
    return max(1, min(1 << Int(power), rows))
  }

  private static func descending(_ values: [String]) -> [String] {
    values.sorted { (Double($0) ?? 0) > (Double($1) ?? 0) }
  }

  private static func product(_ factors: [(name: String, values: [String])]) -> [Settings] {
    factors.reduce([[:]]) { combinations, factor in
      combinations.flatMap { combination in
        factor.values.map { value in combination.merging([factor.name: value]) { _, new in new } }
      }
    }
  }

  /// All combinations; those whose values are near the middles of their lists come first.
  private static func middleFirst(_ factors: [(name: String, values: [String])]) -> [Settings] {
    let places = Dictionary(
      uniqueKeysWithValues: factors.map { factor in
        let middle = Double(factor.values.count - 1) / 2
        let ranks = factor.values.indices.map { (factor.values[$0], abs(Double($0) - middle)) }
        return (factor.name, Dictionary(ranks) { first, _ in first })
      })
    func distance(_ settings: Settings) -> Double { settings.reduce(0) { $0 + (places[$1.key]?[$1.value] ?? 0) } }
    return product(factors).enumerated().sorted {
      (distance($0.element), $0.offset) < (distance($1.element), $1.offset)
    }.map(\.element)
  }
}
