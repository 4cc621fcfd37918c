import VectorCore

/// The value of one parameter.
public enum ParameterValue: Sendable, Hashable, Codable {
  case integer(Int)
  case real(Double)
  case choice(String)

  /// Leaves the value of an integer parameter to the index; accepted where it is the default.
  public static let auto = ParameterValue.choice("auto")
}

/// Values for all of a declaration's parameters: those that were set, and defaults for the others.
///
/// Look-ups compare a handful of short names in place: a few nanoseconds, no hashing, no allocation.
public struct Parameters: Sendable, Hashable, Codable {
  /// One parameter's name and value.
  public struct Entry: Sendable, Hashable, Codable {
    public let name: String
    public let value: ParameterValue
  }

  /// All parameters, in the order of the declaration.
  public let entries: [Entry]
  /// Names of those that have their default values; nil in records of version 0.1, which did not say.
  public let defaults: [String]?

  /// Those that do not have their default values; all where it is not known which have.
  public var changed: [Entry] { entries.filter { entry in !(defaults?.contains(entry.name) ?? false) } }

  /// Checks `settings` against the declaration and fills in the defaults.
  ///
  /// - Parameters:
  ///   - kind: the index's kind, for messages.
  ///   - settings: names and values as typed: `["nlist": "256"]`.
  /// - Throws: `IndexError.unknownParameter`, or `.invalidParameter` for a value of the wrong type or out of range, or
  ///   for one of two parameters of which one takes the place of the other.
  public init(
    _ settings: [String: String] = [:], declared: [ParameterDeclaration], kind: String
  ) throws(IndexError) {
    for name in settings.keys.sorted() where !declared.contains(where: { $0.name == name }) {
      throw .unknownParameter(name: name, kind: kind, known: declared.map(\.name))
    }
    var entries: [Entry] = []
    for declaration in declared {
      let value =
        if let text = settings[declaration.name] { try declaration.value(parsing: text) } else {
          declaration.defaultValue
        }
      entries.append(Entry(name: declaration.name, value: value))
    }
    self.init(entries, declared: declared)
    for declaration in declared {
      guard let alternative = declaration.alternative, value(declaration.name) != .auto, value(alternative) != .auto
      else { continue }
      throw .invalidParameter(
        name: declaration.name, value: value(declaration.name).description,
        expected: "auto, or leave \(alternative) at auto: one of the two takes the place of the other")
    }
  }

  /// The same values, of which it is known which are the defaults of this declaration.
  public func marked(declared: [ParameterDeclaration]) -> Parameters { Parameters(entries, declared: declared) }

  private init(_ entries: [Entry], declared: [ParameterDeclaration]) {
    self.entries = entries
    defaults = entries.filter { entry in
      declared.contains { $0.name == entry.name && $0.defaultValue == entry.value }
    }.map(\.name)
  }

  /// The value of an integer parameter that the index may choose; nil where it does.
  public func optionalInteger(_ name: String) -> Int? { value(name) == .auto ? nil : integer(name) }

  /// The value of an integer parameter of this declaration.
  public func integer(_ name: String) -> Int {
    guard case .integer(let value) = value(name) else { preconditionFailure("\(name) is not an integer parameter") }
    return value
  }

  /// The value of a real parameter of this declaration.
  public func real(_ name: String) -> Double {
    guard case .real(let value) = value(name) else { preconditionFailure("\(name) is not a real parameter") }
    return value
  }

  /// The value of a choice parameter of this declaration.
  public func choice(_ name: String) -> String {
    guard case .choice(let value) = value(name) else { preconditionFailure("\(name) is not a choice parameter") }
    return value
  }

  private func value(_ name: String) -> ParameterValue {
    for entry in entries where entry.name == name { return entry.value }
    preconditionFailure("no parameter \(name) is declared")
  }
}

extension ParameterDeclaration {
  /// Reads a value as typed on a command line or in a plan.
  ///
  /// - Throws: `IndexError.invalidParameter`, saying what would do.
  public func value(parsing text: String) throws(IndexError) -> ParameterValue {
    if defaultValue == .auto, text == defaultValue.description { return .auto }
    switch domain {
    case .integer(let range):
      if let value = Int(text), range.contains(value) { return .integer(value) }
    case .real(let range):
      if let value = Double(text), range.contains(value) { return .real(value) }
    case .choice(let choices):
      if choices.contains(text) { return .choice(text) }
    }
    throw .invalidParameter(name: name, value: text, expected: expected)
  }
}

extension ParameterDeclaration.Domain: CustomStringConvertible {
  /// What would do, in words: `an integer, 1…65536`.
  public var description: String {
    switch self {
    case .integer(let range) where range.upperBound == .max: "an integer, at least \(range.lowerBound)"
    case .integer(let range): "an integer, \(range.lowerBound)…\(range.upperBound)"
    case .real(let range): "a number, \(range.lowerBound)…\(range.upperBound)"
    case .choice(let choices): "one of \(choices.joined(separator: ", "))"
    }
  }
}

extension ParameterValue: CustomStringConvertible {
  /// As it is typed.
  public var description: String {
    switch self {
    case .integer(let value): String(value)
    case .real(let value): String(value)
    case .choice(let value): value
    }
  }
}

/// What a search may vary without a new build.
public struct SearchParameters: Sendable, Hashable {
  public var values: Parameters
  /// The metric the caller believes the index to have: another than the index's is an error, nil is not checked.
  public var metric: Metric?

  public init(_ values: Parameters, metric: Metric? = nil) {
    self.values = values
    self.metric = metric
  }
}
