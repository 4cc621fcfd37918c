import VectorCore

/// The value of one parameter.
public enum ParameterValue: Sendable, Hashable, Codable {
  case integer(Int)
  case real(Double)
  case choice(String)

  /// Leaves the value of an integer parameter to the index; accepted where it is the default.
  public static let auto = ParameterValue.choice("auto")
}

/// Values for all parameters of a declaration: the given ones, and defaults for the others.
///
/// A look-up compares a few short names in place. It takes a few nanoseconds and neither hashes nor allocates.
public struct Parameters: Sendable, Hashable, Codable {
  /// The name and value of one parameter.
  public struct Entry: Sendable, Hashable, Codable {
    public let name: String
    public let value: ParameterValue
  }

  /// All parameters in the order of the declaration, without optional ones that are left at `auto`.
  public let entries: [Entry]
  /// The names of the parameters with default values; `nil` in records of version 0.1, which did not store them.
  public let defaults: [String]?

  /// The parameters with values other than the defaults; all parameters where `defaults` is `nil`.
  public var changed: [Entry] { entries.filter { entry in !(defaults?.contains(entry.name) ?? false) } }

  /// Checks `settings` against the declaration and fills in the defaults.
  ///
  /// - Parameters:
  ///   - kind: the kind of the index, for error messages.
  ///   - settings: names and values as text, such as `["nlist": "256"]`.
  /// - Throws: `IndexError.unknownParameter`; `.invalidParameter` for a value of the wrong type or out of range, and
  ///   for two parameters that exclude each other.
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
      if declaration.isOptional, value == .auto { continue }
      entries.append(Entry(name: declaration.name, value: value))
    }
    self.init(entries, declared: declared)
    for declaration in declared {
      guard let alternative = declaration.alternative, let value = given(declaration.name), value != .auto,
        self.value(alternative) != .auto
      else { continue }
      throw .invalidParameter(
        name: declaration.name, value: value.description,
        expected: "auto, or leave \(alternative) at auto: one of the two takes the place of the other")
    }
  }

  /// The same values, with `defaults` computed from these declarations.
  public func marked(declared: [ParameterDeclaration]) -> Parameters { Parameters(entries, declared: declared) }

  private init(_ entries: [Entry], declared: [ParameterDeclaration]) {
    self.entries = entries
    defaults = entries.filter { entry in
      declared.contains { $0.name == entry.name && $0.defaultValue == entry.value }
    }.map(\.name)
  }

  /// The value of an integer parameter that the index may choose; `nil` where it is `auto`.
  public func optionalInteger(_ name: String) -> Int? { value(name) == .auto ? nil : integer(name) }

  /// The value of an integer parameter, which must be declared.
  public func integer(_ name: String) -> Int {
    guard case .integer(let value) = value(name) else { preconditionFailure("\(name) is not an integer parameter") }
    return value
  }

  /// The value of a real parameter, which must be declared.
  public func real(_ name: String) -> Double {
    guard case .real(let value) = value(name) else { preconditionFailure("\(name) is not a real parameter") }
    return value
  }

  /// The value of an optional real parameter; `nil` for `auto`.
  public func optionalReal(_ name: String) -> Double? {
    if case .real(let value)? = given(name) { value } else { nil }
  }

  /// The value of a choice parameter, which must be declared.
  public func choice(_ name: String) -> String {
    guard case .choice(let value) = value(name) else { preconditionFailure("\(name) is not a choice parameter") }
    return value
  }

  private func given(_ name: String) -> ParameterValue? {
    for entry in entries where entry.name == name { return entry.value }
    return nil
  }

  private func value(_ name: String) -> ParameterValue {
    guard let value = given(name) else { preconditionFailure("no parameter \(name) is declared") }
    return value
  }
}

extension ParameterDeclaration {
  /// Parses a value from a command line or a sweep file.
  ///
  /// - Throws: `IndexError.invalidParameter`, which says which values are accepted.
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
  /// The accepted values in words, such as `an integer, 1…65536`.
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
  /// The value as text, as a user types it.
  public var description: String {
    switch self {
    case .integer(let value): String(value)
    case .real(let value): String(value)
    case .choice(let value): value
    }
  }
}

/// The parameters of a search, which need no new build.
public struct SearchParameters: Sendable, Hashable {
  public var values: Parameters
  /// The metric that the caller expects the index to have. A different metric is an error; `nil` is not checked.
  public var metric: Metric?

  public init(_ values: Parameters, metric: Metric? = nil) {
    self.values = values
    self.metric = metric
  }
}
