/// Typed parameters of a build or a search, beside the names by which they are typed.
///
/// Each parameter is declared once: name, domain and meaning in `fields`, the default by `standard`. From that follow the
/// declarations that sweeps and help read, the one conversion from `Parameters`, and the checks.
public protocol ParameterSet: Sendable, Hashable, Codable {
  /// The defaults.
  static var standard: Self { get }

  /// All parameters, in the order in which they are listed.
  static var fields: [ParameterField<Self>] { get }
}

/// One parameter of a `ParameterSet`: how it is declared, and which property it is.
public struct ParameterField<Owner> {
  public let name: String
  public let domain: ParameterDeclaration.Domain
  public let meaning: String
  public let alternative: String?
  let get: (Owner) -> ParameterValue
  let set: (inout Owner, ParameterValue) -> Void
  /// What is wrong with the property's own value, where that can be other than with the typed one.
  private(set) var check: (Owner) throws(IndexError) -> Void = { _ in }

  /// Declares a parameter whose property needs a conversion of its own.
  ///
  /// - Parameters:
  ///   - alternative: the parameter in whose place this one is given.
  ///   - set: gets only values of the domain, or `auto` where that is the default.
  public init(
    _ name: String, _ domain: ParameterDeclaration.Domain, _ meaning: String, insteadOf alternative: String? = nil,
    get: @escaping (Owner) -> ParameterValue, set: @escaping (inout Owner, ParameterValue) -> Void
  ) {
    self.name = name
    self.domain = domain
    self.meaning = meaning
    self.alternative = alternative
    self.get = get
    self.set = set
  }

  /// An integer.
  public static func integer(
    _ name: String, _ property: WritableKeyPath<Owner, Int>, _ range: ClosedRange<Int>, _ meaning: String
  ) -> ParameterField {
    ParameterField(name, .integer(range), meaning) {
      .integer($0[keyPath: property])
    } set: {
      if case .integer(let value) = $1 { $0[keyPath: property] = value }
    }
  }

  /// An integer that the index may choose; it is then `nil`, and typed as 0.
  public static func chosenAtZero(
    _ name: String, _ property: WritableKeyPath<Owner, Int?>, _ range: ClosedRange<Int>, _ meaning: String
  ) -> ParameterField {
    var field = ParameterField(name, .integer(0...range.upperBound), meaning) {
      .integer($0[keyPath: property] ?? 0)
    } set: {
      if case .integer(let value) = $1 { $0[keyPath: property] = value == 0 ? nil : value }
    }
    field.check = { owner throws(IndexError) in
      guard let value = owner[keyPath: property], !range.contains(value) else { return }
      let expected = "\(ParameterDeclaration.Domain.integer(range)), or nil"
      throw .invalidParameter(name: name, value: String(value), expected: expected)
    }
    return field
  }

  /// An integer that the index may choose; it is then `nil`, and typed as auto.
  public static func automatic(
    _ name: String, _ property: WritableKeyPath<Owner, Int?>, _ range: ClosedRange<Int>, _ meaning: String
  ) -> ParameterField {
    ParameterField(name, .integer(range), meaning) {
      $0[keyPath: property].map(ParameterValue.integer) ?? .auto
    } set: {
      if case .integer(let value) = $1 { $0[keyPath: property] = value } else { $0[keyPath: property] = nil }
    }
  }

  /// A number.
  public static func real(
    _ name: String, _ property: WritableKeyPath<Owner, Double>, _ range: ClosedRange<Double>, _ meaning: String
  ) -> ParameterField {
    ParameterField(name, .real(range), meaning) {
      .real($0[keyPath: property])
    } set: {
      if case .real(let value) = $1 { $0[keyPath: property] = value }
    }
  }

  /// One of the cases of an enumeration, typed as what describes them.
  public static func choice<Choice: CaseIterable & CustomStringConvertible>(
    _ name: String, _ property: WritableKeyPath<Owner, Choice>, _ meaning: String
  ) -> ParameterField {
    ParameterField(name, .choice(Choice.allCases.map(\.description)), meaning) {
      .choice($0[keyPath: property].description)
    } set: { owner, value in
      for choice in Choice.allCases where value == .choice(choice.description) { owner[keyPath: property] = choice }
    }
  }

  /// A property that is true or false, typed as on or off.
  public static func onOrOff(
    _ name: String, _ property: WritableKeyPath<Owner, Bool>, _ meaning: String
  ) -> ParameterField {
    ParameterField(name, .choice(["off", "on"]), meaning) {
      .choice($0[keyPath: property] ? "on" : "off")
    } set: {
      $0[keyPath: property] = $1 == .choice("on")
    }
  }

  /// The same parameter of a larger set, in which this set is a property.
  public func of<Larger>(_ property: WritableKeyPath<Larger, Owner>) -> ParameterField<Larger> {
    var field = ParameterField<Larger>(name, domain, meaning, insteadOf: alternative) {
      get($0[keyPath: property])
    } set: {
      set(&$0[keyPath: property], $1)
    }
    field.check = { owner throws(IndexError) in try check(owner[keyPath: property]) }
    return field
  }
}

extension ParameterSet {
  /// The declarations of all parameters.
  public static var declarations: [ParameterDeclaration] {
    let standard = Self.standard
    return fields.map {
      ParameterDeclaration($0.name, $0.domain, default: $0.get(standard), $0.meaning, insteadOf: $0.alternative)
    }
  }

  /// Takes the values of parameters that have been checked against declarations of which these are a part.
  public init(_ parameters: Parameters) {
    self = .standard
    for field in Self.fields {
      guard let entry = parameters.entries.first(where: { $0.name == field.name }) else {
        preconditionFailure("no parameter \(field.name) is declared")
      }
      field.set(&self, entry.value)
    }
  }

  /// The values as they are typed, by name.
  public var settings: [String: String] {
    Dictionary(uniqueKeysWithValues: Self.fields.map { ($0.name, $0.get(self).description) })
  }

  /// Refuses a value outside of its domain.
  ///
  /// - Throws: `IndexError.invalidParameter` for the first one.
  public func checkDomains() throws(IndexError) {
    let settings = settings
    for (field, declaration) in zip(Self.fields, Self.declarations) {
      try field.check(self)
      // As typed: what a plan is refused for is refused here too, in the same words.
      _ = try declaration.value(parsing: settings[field.name] ?? "")
    }
  }
}
