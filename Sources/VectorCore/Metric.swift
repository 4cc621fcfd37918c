/// How the distance between two vectors is defined; smaller is nearer for every metric.
public enum Metric: String, CaseIterable, Codable, Sendable {
  /// The root of the summed squared differences; compared squared, reported as the root.
  case euclidean
  /// 1 − cosine; a stored zero vector is at distance 1 from everything, a zero query has no neighbours.
  case angular
  /// The negated inner product.
  case dot
  /// The summed absolute differences (L1).
  case manhattan
  /// The share of positions that differ, in [0, 1]; packed to bits and counted when all components are 0 or 1.
  case hamming
}
