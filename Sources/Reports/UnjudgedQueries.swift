import Bench

/// Remarks on queries that count in no figure of quality, because they have no true neighbours.
enum UnjudgedQueries {
  /// One sentence about the queries of a dataset; `nil` when all are judged.
  static func remark(_ unjudged: Int, of dataset: DatasetShape) -> String? {
    guard unjudged > 0 else { return nil }
    return
      "\(dataset.name): \(unjudged) of \(dataset.queries) queries have no true neighbours and count in no figure of quality"
  }

  /// One sentence for each dataset with such queries.
  static func remarks(_ measurements: some Sequence<CellMeasurement>) -> [String] {
    measurements.compactMap { remark($0.quality.unjudged, of: $0.dataset) }.distinct
  }
}
