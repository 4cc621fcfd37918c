import OrderedStore
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
  /// The file of an index can't be used, or no longer.
  case storage(StoreError)
  /// The index in a file is not the one that was asked for; the first field in which it differs.
  case storedOtherwise(path: String, field: String, stored: String, asked: String)
}
