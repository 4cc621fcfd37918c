import VectorCore

/// Why an index refused; whatever it refused, nothing in it has changed.
public enum IndexError: Error, Equatable, Sendable {
  case notTrained(kind: String)
  case alreadyTrained(kind: String)
  case dimensionMismatch(expected: Int, got: Int)
  /// A NaN or infinite component; `row` is its vector's place in the batch, 0 for a query.
  case notFinite(row: Int, component: Int, value: Float)
  case metricMismatch(index: Metric, asked: Metric)
  case unsupportedMetric(kind: String, metric: Metric, supported: [Metric])
  case duplicateID(UInt64)
  case countMismatch(what: String, expected: Int, got: Int)
  /// Too few vectors to train on.
  case tooFewVectors(what: String, needed: Int, got: Int)
  /// An index that grows by clusters has no ids left for as many as a batch may need.
  case clusterIDsExhausted(next: UInt64)
  /// The insertion sequence has no numbers left for as many writes.
  case sequencesExhausted(next: UInt64)
  case invalidFilter(reason: String)
  /// A value out of range or of the wrong type; `expected` says what would do.
  case invalidParameter(name: String, value: String, expected: String)
  case unknownParameter(name: String, kind: String, known: [String])
  case unknownKind(name: String, known: [String])
  /// Something that only this kind of index knows of: its file, its device, the library below it.
  case own(OwnFailure)
  /// A file that no kind of index of the catalogue recognises.
  case notAnIndexFile(path: String, known: [String])
  /// A file that keeps no room for removals, so that writing it anew gains nothing.
  case nothingToCompact(path: String)
  /// The index in a file is not the one that was asked for; the first field in which it differs.
  case storedOtherwise(path: String, field: String, stored: String, asked: String)
}

/// An error of one kind of index, which `IndexError.own` carries: its description is one line that names the remedy.
public protocol IndexFailure: Error, Sendable, CustomStringConvertible {}

/// An index that works on threads of its own may be refused one.
extension ThreadError: IndexFailure {}

/// The failure that an index has thrown as its own; two are equal when type and description are.
public struct OwnFailure: Equatable, Sendable, CustomStringConvertible {
  public let failure: any IndexFailure

  public init(_ failure: any IndexFailure) { self.failure = failure }

  public var description: String { failure.description }

  public static func == (a: OwnFailure, b: OwnFailure) -> Bool {
    type(of: a.failure) == type(of: b.failure) && a.description == b.description
  }
}

extension IndexError {
  /// The index's own failure, to be thrown.
  public static func own(_ failure: any IndexFailure) -> IndexError { .own(OwnFailure(failure)) }
}
