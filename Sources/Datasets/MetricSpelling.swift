import VectorCore

/// How files and file names spell metrics.
public enum MetricSpelling {
  /// For errors.
  public static let names = "euclidean, angular, dot, manhattan, hamming"
  /// The same with the usual other names, for options.
  public static let allNames = names + ", cosine, l2, ip, l1"

  /// The metric of an attribute `distance` or the last part of a file's name, in any letter case.
  public static func metric(_ spelling: some StringProtocol) -> Metric? {
    switch spelling.lowercased() {
    case "euclidean", "l2": .euclidean
    // VIBE's "normalized" is 1 − the inner product of unit vectors, so angular.
    case "angular", "cosine", "normalized": .angular
    case "dot", "ip", "inner_product", "innerproduct": .dot
    case "manhattan", "l1", "cityblock": .manhattan
    case "hamming": .hamming
    default: nil
    }
  }

  /// The metric that a name in the form `name-dimension-metric` states.
  static func metric(ofName name: String) -> Metric? { metric(suffix(ofName: name)) }

  /// The last part of a name in the form `name-dimension-metric`.
  static func suffix(ofName name: String) -> Substring {
    name.split(separator: "-").last ?? ""
  }
}
