import VectorCore

/// What an index is called, what it supports, and which parameters it takes: declared once, used everywhere.
public struct IndexDeclaration: Sendable {
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

/// One parameter: its name, type, range, default and meaning.
public struct ParameterDeclaration: Sendable {
  /// What values a parameter takes.
  public enum Domain: Sendable, Equatable {
    case integer(ClosedRange<Int>)
    case real(ClosedRange<Double>)
    case choice([String])
  }

  /// faiss's word for it, where faiss has one.
  public let name: String
  public let domain: Domain
  public let defaultValue: ParameterValue
  /// One line.
  public let meaning: String

  public init(_ name: String, _ domain: Domain, default defaultValue: ParameterValue, _ meaning: String) {
    self.name = name
    self.domain = domain
    self.defaultValue = defaultValue
    self.meaning = meaning
  }
}
