import VectorCore

/// What an index is called, what it supports, and which parameters it takes: declared once, used everywhere.
public struct IndexDeclaration: Sendable, Equatable, Codable {
  /// The name that people type: `ivf-flat`.
  public let kind: String
  /// One line for lists and help.
  public let summary: String
  public let metrics: [Metric]
  /// Parameters that need a new build when they change.
  public let build: [ParameterDeclaration]
  /// Parameters that each search may set anew.
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
  /// The same under another name.
  public func named(_ kind: String) -> IndexDeclaration {
    IndexDeclaration(kind: kind, summary: summary, metrics: metrics, build: build, search: search)
  }
}

/// One parameter: its name, type, range, default and meaning.
public struct ParameterDeclaration: Sendable, Equatable, Codable {
  /// What values a parameter takes.
  public enum Domain: Sendable, Equatable, Codable {
    case integer(ClosedRange<Int>)
    case real(ClosedRange<Double>)
    case choice([String])
  }

  /// faiss's word for it, where faiss has one.
  public let name: String
  public let domain: Domain
  /// `ParameterValue.auto` where the index chooses the value unless it is given.
  public let defaultValue: ParameterValue
  /// One line.
  public let meaning: String
  /// The parameter in whose place this one is given: of the two, one at most has another value than `auto`.
  public let alternative: String?

  public init(
    _ name: String, _ domain: Domain, default defaultValue: ParameterValue, _ meaning: String,
    insteadOf alternative: String? = nil
  ) {
    self.name = name
    self.domain = domain
    self.defaultValue = defaultValue
    self.meaning = meaning
    self.alternative = alternative
  }

  /// Which values are accepted, in words: `an integer, 1…65536, or auto`.
  public var expected: String { defaultValue == .auto ? "\(domain), or auto" : domain.description }
}
