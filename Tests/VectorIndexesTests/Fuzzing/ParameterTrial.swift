import TestSupport
import VectorCore

@testable import VectorIndexes

/// A random index: its kind, metric and dimension, and values of its parameters, each in its declared domain.
///
/// Everything about it follows from the seed.
struct ParameterTrial: CustomStringConvertible {
  let seed: UInt64
  let type: any DeclaredIndex.Type
  let metric: Metric
  let dimension: Int
  /// As typed; some of them may be refused together.
  private(set) var build: [String: String]
  /// Those of them without which there is no index of this dimension.
  private let needed: [String: String]
  /// As typed, each for one search.
  let searches: [[String: String]]
  let kind: RandomVectors
  let trainingRows: Int

  init(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    self.seed = seed
    type = IndexCatalog.standard.types[generator.next(below: IndexCatalog.standard.types.count)]
    let declaration = type.declaration
    metric = declaration.metrics[generator.next(below: declaration.metrics.count)]
    dimension = [1, 2, 3, 8, 12, 16, 24, 33][generator.next(below: 8)]
    kind = metric == .hamming ? .binary : RandomVectors.allCases[generator.next(below: 4)]
    trainingRows = generator.next(below: 2) == 0 ? 300 : 50
    // Codes of 4 bits, the default, need an even dimension.
    let needsBytes = dimension % 2 == 1 && declaration.build.contains { $0.name == "nbits" }
    needed = needsBytes ? ["nbits": "8"] : [:]
    build = Self.settings(declaration.build, using: &generator).merging(needed) { $1 }
    searches = (0..<3).map { _ in Self.settings(declaration.search, using: &generator) }
  }

  var description: String {
    func text(_ settings: [String: String]) -> String {
      settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }
    return "seed \(seed): \(type.declaration.kind) \(metric) \(dimension)-d \(kind), trained on \(trainingRows) rows, "
      + "build: \(text(build)); searches: \(searches.map(text).joined(separator: " | "))"
  }

  /// The parameters of the build.
  func buildParameters() throws(IndexError) -> Parameters {
    try Parameters(build, declared: type.declaration.build, kind: type.declaration.kind)
  }

  /// Gives a parameter that was refused, or all where that did not help, its default again.
  ///
  /// - Returns: false where that changes nothing.
  mutating func reset(_ name: String) -> Bool {
    if needed[name] == nil, build.removeValue(forKey: name) != nil { return true }
    // Refused as it is by default, because of the value of another one.
    guard type.declaration.build.contains(where: { $0.name == name }), build != needed else { return false }
    build = needed
    return true
  }

  private static func settings(
    _ declared: [ParameterDeclaration], using generator: inout SeededGenerator
  ) -> [String: String] {
    var settings: [String: String] = [:]
    for parameter in declared where generator.next(below: 10) >= 5 {
      settings[parameter.name] = value(in: parameter.domain, using: &generator)
      if parameter.defaultValue == .auto, generator.next(below: 4) == 0 { settings[parameter.name] = "auto" }
    }
    // One of two that take the place of each other.
    for parameter in declared {
      guard let other = parameter.alternative, settings[other, default: "auto"] != "auto",
        settings[parameter.name, default: "auto"] != "auto"
      else { continue }
      settings[generator.next(below: 2) == 0 ? other : parameter.name] = nil
    }
    return settings
  }

  /// An end of the domain, or a value inside: small ones and large ones alike.
  private static func value(
    in domain: ParameterDeclaration.Domain, using generator: inout SeededGenerator
  ) -> String {
    switch domain {
    case .choice(let choices): return choices[generator.next(below: choices.count)]
    case .real(let range):
      return switch generator.next(below: 4) {
      case 0: String(range.lowerBound)
      case 1: String(range.upperBound)
      default: String(range.lowerBound + generator.nextUnit() * (range.upperBound - range.lowerBound))
      }
    case .integer(let range):
      let width = UInt64(bitPattern: Int64(range.upperBound &- range.lowerBound))
      switch generator.next(below: 8) {
      case 0: return String(range.lowerBound)
      case 1: return String(range.upperBound)
      case 2, 3: return String(range.lowerBound + Int(min(UInt64(generator.next(below: 64)), width)))
      default:
        let bits = 1 + generator.next(below: UInt64.bitWidth - width.leadingZeroBitCount)
        return String(range.lowerBound + Int(min(generator.next() >> UInt64(64 - bits), width)))
      }
    }
  }
}
