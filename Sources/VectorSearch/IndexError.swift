import VectorCore

/// Why an index refused a call; the refused call has changed nothing in the index.
public enum IndexError: Error, Equatable, Sendable {
  case notTrained(kind: String)
  case alreadyTrained(kind: String)
  case dimensionMismatch(expected: Int, got: Int)
  /// A NaN or infinite component; `row` is the row of its vector in the batch, 0 for a query.
  case notFinite(row: Int, component: Int, value: Float)
  case metricMismatch(index: Metric, asked: Metric)
  case unsupportedMetric(kind: String, metric: Metric, supported: [Metric])
  case duplicateID(UInt64)
  case countMismatch(what: String, expected: Int, got: Int)
  /// Too few vectors to train on.
  case tooFewVectors(what: String, needed: Int, got: Int)
  /// The index assigns ids to clusters and has fewer ids left than a batch may need.
  case clusterIDsExhausted(next: UInt64)
  /// The index has fewer insertion sequence numbers left than the batch has vectors.
  case sequencesExhausted(next: UInt64)
  case invalidFilter(reason: String)
  /// A value out of range or of the wrong type; `expected` says which values are accepted.
  case invalidParameter(name: String, value: String, expected: String)
  case unknownParameter(name: String, kind: String, known: [String])
  case unknownKind(name: String, known: [String])
  /// An error that only this kind of index has, such as one of its file, its device or a library that it calls.
  case own(OwnFailure)
  /// A file that no kind of index of the catalogue recognises.
  case notAnIndexFile(path: String, known: [String])
  /// A file that keeps no room for removals, so that writing it anew gains nothing.
  case nothingToCompact(path: String)
  /// The index in a file is not the one that was asked for; the first field in which it differs.
  case storedOtherwise(path: String, field: String, stored: String, asked: String)
}

/// An error that only one kind of index has; `IndexError.own` carries it.
///
/// The description is one line that names the remedy.
public protocol IndexFailure: Error, Sendable, CustomStringConvertible {}

/// An index that starts threads fails with this error when the system refuses a thread.
extension ThreadError: IndexFailure {}

/// The failure inside `IndexError.own`; two are equal when their types and descriptions are equal.
public struct OwnFailure: Equatable, Sendable, CustomStringConvertible {
  public let failure: any IndexFailure

  public init(_ failure: any IndexFailure) { self.failure = failure }

  public var description: String { failure.description }

  public static func == (a: OwnFailure, b: OwnFailure) -> Bool {
    type(of: a.failure) == type(of: b.failure) && a.description == b.description
  }
}

extension IndexError {
  /// Wraps an index's own failure in an `IndexError`.
  public static func own(_ failure: any IndexFailure) -> IndexError { .own(OwnFailure(failure)) }
}
