extension CellNames {
  /// The names of a run's cells.
  public init(_ records: some Sequence<CellRecord>) {
    self.init(records.map { ($0.variant, $0.planned) })
    datasets = Set(records.map(\.dataset.name))
  }

  /// The name of a cell of the view: `ivf-flat(nprobe=4), step 3`.
  public func cell(_ record: CellRecord) -> String { cell(record.variant, record.planned) }

  /// The name of a cell's setting, whatever its seed: `ivf-flat(nlist=64, nprobe=4)`.
  public func setting(_ record: CellRecord) -> String { setting(record.variant, record.planned) }

  /// The name of a cell with every dimension in which the cells of the view differ.
  public func whole(_ record: CellRecord) -> String {
    whole(record.variant, record.planned, dataset: record.dataset.name)
  }
}
