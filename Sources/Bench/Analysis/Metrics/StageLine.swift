/// All of a cell but the rate of its load or the step of its runbook: what the cells of one line in a chart share.
struct StageLine: Hashable {
  private let dataset: String
  private let variant: String
  private let cell: Cell
  private let options: RunOptions

  init(_ measurement: CellMeasurement) {
    (dataset, variant, cell) = (measurement.dataset.name, measurement.variant, measurement.cell)
    var options = measurement.options
    switch options.stage {
    case .load(var point):
      point.rate = 0
      options.stage = .load(point)
    case .runbook(_, let training, let runbook): options.stage = .runbook(step: 0, training: training, of: runbook)
    case .filtered, .drift, .ingest, nil: break
    }
    self.options = options
  }
}
