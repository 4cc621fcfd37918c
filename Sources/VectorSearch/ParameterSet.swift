/// The typed parameters of a build or a search, and their conversion from and to text.
///
/// Each parameter is declared once: `fields` has its name, domain and meaning, `standard` its default. The declarations
/// that sweeps and help texts read, the conversion from `Parameters`, and the checks are derived from these.
public protocol ParameterSet: Sendable, Hashable, Codable {
  /// The values of all parameters by default.
  static var standard: Self { get }

  /// All parameters, in the order in which they are listed.
  static var fields: [ParameterField<Self>] { get }
}

/// One parameter of a `ParameterSet`: its declaration and the property that holds its value.
public struct ParameterField<Owner> {
  public let name: String
  public let domain: ParameterDeclaration.Domain
  public let meaning: String
  public let alternative: String?
  /// See `ParameterDeclaration.isOptional`.
  public private(set) var isOptional = false
  /// How a search for the best setting varies the parameter; `nil` leaves it at its default.
  public private(set) var tuning: ParameterTuning?
  let get: (Owner) -> ParameterValue
  let set: (inout Owner, ParameterValue) -> Void
  /// Checks the property's value where it can be wrong although its text is accepted; otherwise does nothing.
  private(set) var check: (Owner) throws(IndexError) -> Void = { _ in }

  /// Declares a parameter whose property needs its own conversion.
  ///
  /// - Parameters:
  ///   - alternative: another parameter that this one replaces; at most one of the two may be given.
  ///   - set: receives only values in the domain, or `auto` if that is the default.
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

  /// Declares an integer parameter.
  public static func integer(
    _ name: String, _ property: WritableKeyPath<Owner, Int>, _ range: ClosedRange<Int>, _ meaning: String
  ) -> ParameterField {
    ParameterField(name, .integer(range), meaning) {
      .integer($0[keyPath: property])
    } set: {
      if case .integer(let value) = $1 { $0[keyPath: property] = value }
    }
  }

  /// Declares an integer that the index may choose: the property is then `nil`, and the text is 0.
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

  /// Declares an integer that the index may choose: the property is then `nil`, and the text is `auto`.
  public static func automatic(
    _ name: String, _ property: WritableKeyPath<Owner, Int?>, _ range: ClosedRange<Int>, _ meaning: String
  ) -> ParameterField {
    ParameterField(name, .integer(range), meaning) {
      $0[keyPath: property].map(ParameterValue.integer) ?? .auto
    } set: {
      if case .integer(let value) = $1 { $0[keyPath: property] = value } else { $0[keyPath: property] = nil }
    }
  }

  /// Declares a parameter that is a real number.
  public static func real(
    _ name: String, _ property: WritableKeyPath<Owner, Double>, _ range: ClosedRange<Double>, _ meaning: String
  ) -> ParameterField {
    ParameterField(name, .real(range), meaning) {
      .real($0[keyPath: property])
    } set: {
      if case .real(let value) = $1 { $0[keyPath: property] = value }
    }
  }

  /// Declares a real number that need not be given: the property is then `nil`, the text is `auto`, and `Parameters` have
  /// no entry.
  ///
  /// - Parameter alternative: another parameter that this one replaces; at most one of the two may be given.
  public static func optionalReal(
    _ name: String, _ property: WritableKeyPath<Owner, Double?>, _ range: ClosedRange<Double>, _ meaning: String,
    insteadOf alternative: String? = nil
  ) -> ParameterField {
    var field = ParameterField(name, .real(range), meaning, insteadOf: alternative) {
      $0[keyPath: property].map(ParameterValue.real) ?? .auto
    } set: {
      if case .real(let value) = $1 { $0[keyPath: property] = value } else { $0[keyPath: property] = nil }
    }
    field.isOptional = true
    return field
  }

  /// Declares a parameter with the cases of an enumeration; the text is the description of the case.
  public static func choice<Choice: CaseIterable & CustomStringConvertible>(
    _ name: String, _ property: WritableKeyPath<Owner, Choice>, _ meaning: String
  ) -> ParameterField {
    ParameterField(name, .choice(Choice.allCases.map(\.description)), meaning) {
      .choice($0[keyPath: property].description)
    } set: { owner, value in
      for choice in Choice.allCases where value == .choice(choice.description) { owner[keyPath: property] = choice }
    }
  }

  /// Declares a Boolean parameter; the text is `on` or `off`.
  public static func onOrOff(
    _ name: String, _ property: WritableKeyPath<Owner, Bool>, _ meaning: String
  ) -> ParameterField {
    ParameterField(name, .choice(["off", "on"]), meaning) {
      .choice($0[keyPath: property] ? "on" : "off")
    } set: {
      $0[keyPath: property] = $1 == .choice("on")
    }
  }

  /// The same parameter, which a search for the best setting varies.
  public func tuned(_ tuning: ParameterTuning) -> ParameterField {
    var field = self
    field.tuning = tuning
    return field
  }

  /// The same parameter for a larger set that has this set as a property.
  public func of<Larger>(_ property: WritableKeyPath<Larger, Owner>) -> ParameterField<Larger> {
    var field = ParameterField<Larger>(name, domain, meaning, insteadOf: alternative) {
      get($0[keyPath: property])
    } set: {
      set(&$0[keyPath: property], $1)
    }
    field.check = { owner throws(IndexError) in try check(owner[keyPath: property]) }
    field.tuning = tuning
    field.isOptional = isOptional
    return field
  }
}

extension ParameterSet {
  /// The declarations of all parameters.
  public static var declarations: [ParameterDeclaration] {
    let standard = Self.standard
    return fields.map {
      ParameterDeclaration(
        $0.name, $0.domain, default: $0.get(standard), $0.meaning, insteadOf: $0.alternative,
        isOptional: $0.isOptional, tuning: $0.tuning)
    }
  }

  /// Reads the parameters of this set from values that have been checked against declarations that include them.
  public init(_ parameters: Parameters) {
    self = .standard
    for field in Self.fields {
      guard let entry = parameters.entries.first(where: { $0.name == field.name }) else {
        if field.isOptional { continue }
        preconditionFailure("no parameter \(field.name) is declared")
      }
      field.set(&self, entry.value)
    }
  }

  /// The values as text, by parameter name.
  public var settings: [String: String] {
    Dictionary(uniqueKeysWithValues: Self.fields.map { ($0.name, $0.get(self).description) })
  }

  /// Refuses a value outside its domain.
  ///
  /// - Throws: `IndexError.invalidParameter` for the first such value.
  public func checkDomains() throws(IndexError) {
    let settings = settings
    for (field, declaration) in zip(Self.fields, Self.declarations) {
      try field.check(self)
      // The value is checked as text, so that the message is the same as that for a sweep file.
      _ = try declaration.value(parsing: settings[field.name] ?? "")
    }
  }
}
