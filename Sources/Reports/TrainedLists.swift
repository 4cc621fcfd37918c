import Bench

/// Remarks on indexes that have fewer clusters than requested.
enum TrainedLists {
  /// One sentence for each build for which training had too few vectors.
  static func remarks(_ measurements: some Sequence<CellMeasurement>) -> [String] {
    measurements.compactMap { measurement in
      measurement.build.trainedLists.map { lists in
        let label = Cell.label(kind: measurement.cell.kind, measurement.cell.build.entries)
        return "\(measurement.dataset.name), \(label): too few vectors to train on, nlist is \(lists)"
      }
    }.distinct
  }
}
