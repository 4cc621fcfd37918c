import VectorIndexes

extension SweepPlan {
  /// The plan that measures recorded cells again.
  ///
  /// Only searches of finished indexes can be planned in this way; stages of a workload need the whole workload.
  ///
  /// - Parameters:
  ///   - records: the cells; each is planned once.
  ///   - catalog: the indexes that can be measured.
  ///   - rounds: the least number of rounds.
  /// - Returns: `nil` when no cell is a search of a finished index.
  /// - Throws: `IndexError.unknownKind` for an index that the catalog does not have, such as that of a plug-in.
  public init?(repeating records: [CellRecord], catalog: SubjectCatalog, rounds: Int) throws(IndexError) {
    struct Place: Hashable {
      let dataset: String
      let variant: String
      let kind: String
      let parameters: Parameters
      let seed: UInt64
      let buildThreads: Int
    }
    let groups = records.filter { $0.planned.options.stage == nil }.grouped { record in
      let (cell, options) = (record.planned.cell, record.planned.options)
      return Place(
        dataset: record.dataset.name, variant: record.variant, kind: cell.kind, parameters: cell.build,
        seed: options.seed, buildThreads: options.buildThreads)
    }
    guard !groups.isEmpty else { return nil }
    var builds: [Build] = []
    for (place, records) in groups {
      let cells = records.map { record in
        var options = record.planned.options
        options.rounds = max(options.rounds, rounds)
        return PlannedCell(cell: record.planned.cell, options: options)
      }
      builds.append(
        Build(
          dataset: records[0].dataset, variant: place.variant, subject: try catalog.subject(ofKind: place.kind),
          parameters: place.parameters, seed: place.seed, limits: records[0].limits, cells: cells.distinct))
    }
    self.init(workload: .search, builds: builds)
  }
}
