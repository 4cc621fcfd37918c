import VectorCore

/// The name, metrics and parameters of a kind of index, declared once and used by checks, help, sweeps and reports.
public struct IndexDeclaration: Sendable, Equatable, Codable {
  /// The name that users type, such as `ivf-flat`.
  public let kind: String
  /// One line for lists and help texts.
  public let summary: String
  public let metrics: [Metric]
  /// The build parameters: a change of one needs a new build.
  public let build: [ParameterDeclaration]
  /// The search parameters: each search may set them to other values.
  public let search: [ParameterDeclaration]

  public init(
    kind: String, summary: String, metrics: [Metric], build: [ParameterDeclaration], search: [ParameterDeclaration]
  ) {
    self.kind = kind
    self.summary = summary
    self.metrics = metrics
    self.build = build
    self.search = search
  }
}

extension IndexDeclaration {
  /// The same declaration with another kind.
  public func named(_ kind: String) -> IndexDeclaration {
    IndexDeclaration(kind: kind, summary: summary, metrics: metrics, build: build, search: search)
  }
}

/// The declaration of one parameter: its name, domain, default and meaning.
public struct ParameterDeclaration: Sendable, Equatable, Codable {
  /// The set of values that a parameter accepts.
  public enum Domain: Sendable, Equatable, Codable {
    case integer(ClosedRange<Int>)
    case real(ClosedRange<Double>)
    case choice([String])
  }

  /// The name; faiss's name where faiss has the parameter.
  public let name: String
  public let domain: Domain
  /// The default; `ParameterValue.auto` where the index chooses the value unless one is given.
  public let defaultValue: ParameterValue
  /// One line that explains the parameter.
  public let meaning: String
  /// Another parameter that this one replaces: at most one of the two may have a value other than `auto`.
  public let alternative: String?
  /// Whether `Parameters` have no entry for it while it is left at `auto`, so that an index which gets the parameter keeps
  /// the names and keys of its earlier measurements.
  public let isOptional: Bool
  /// How a search for the best setting varies the parameter; `nil` leaves it at its default.
  public package(set) var tuning: ParameterTuning?

  public init(
    _ name: String, _ domain: Domain, default defaultValue: ParameterValue, _ meaning: String,
    insteadOf alternative: String? = nil, isOptional: Bool = false, tuning: ParameterTuning? = nil
  ) {
    self.name = name
    self.domain = domain
    self.defaultValue = defaultValue
    self.meaning = meaning
    self.alternative = alternative
    self.isOptional = isOptional
    self.tuning = tuning
  }

  /// The accepted values in words, such as `an integer, 1…65536, or auto`.
  public var expected: String { defaultValue == .auto ? "\(domain), or auto" : domain.description }
}
