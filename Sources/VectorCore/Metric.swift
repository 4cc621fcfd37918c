/// The definition of the distance between two vectors; for every metric a smaller distance is nearer.
public enum Metric: String, CaseIterable, Codable, Sendable {
  /// The L2 distance; neighbours are compared by the square, and the root is reported.
  case euclidean
  /// 1 − cosine. A stored zero vector has distance 1 from every query; a zero query has no neighbours.
  case angular
  /// The negated inner product.
  case dot
  /// The sum of absolute differences (L1).
  case manhattan
  /// The share of positions that differ, in [0, 1]; computed on packed bits if all components are 0 or 1.
  case hamming
}
