import Foundation
import VectorCore

extension Dataset {
  /// Reads and checks a file in the layout of ann-benchmarks.
  ///
  /// The file holds `train` (n × d), `test` (q × d), `neighbors` and `distances` (q × depth each), numbers of any type.
  /// The metric is that of the attribute `distance`, else `metric`, else the end of the file's name. Bit data, stored as
  /// booleans or packed eight to a byte, become components 0 and 1.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - name: what to call it; the file's name without its ending by default.
  ///   - metric: for files without the attribute `distance`.
  ///   - queries: read no more than that many, the first ones.
  /// - Throws: `DatasetError`, one line with file, dataset, value and remedy.
  /// - Complexity: O((n + q)·d).
  public static func load(
    path: String, name: String? = nil, metric: Metric? = nil, queries: Int = .max
  ) throws(DatasetError) -> Dataset {
    guard queries > 0 else { throw .notPositive(what: "the number of queries", value: queries) }
    let name = name ?? ((path as NSString).lastPathComponent as NSString).deletingPathExtension
    return try AnnBenchmarksReader(path: path).read(name: name, metric: metric, queries: queries)
  }
}
