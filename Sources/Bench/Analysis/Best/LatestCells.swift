/// The newest measurement of each cell in a ledger, whichever run it belongs to.
///
/// Measurements that must not be compared with the newest one on the same dataset are left out, and so are runs into
/// which faults were injected.
public struct LatestCells: Sendable {
  /// A measured cell with the number of its run.
  public struct Cell: Sendable {
    public let run: Int
    public let record: CellRecord
    public let measurement: CellMeasurement
    /// The position in the plan of the run.
    let place: Int
  }

  /// Measurements on one dataset that were left out for the same reasons.
  public struct LeftOut: Sendable, Equatable {
    public let dataset: String
    /// The numbers of their runs.
    public internal(set) var runs: [Int]
    /// The number of cells.
    public internal(set) var cells: Int
    /// The differences between them and the newest measurement, in words.
    public let reasons: [String]
  }

  public let folder: String
  /// The cells in the order of their runs, those of a run in the order of its plan.
  public private(set) var cells: [Cell] = []
  public private(set) var leftOut: [LeftOut] = []
  /// The reasons why the times of measurements cannot be compared, each once.
  public private(set) var refusals: [Incomparability] = []
  /// The numbers of the runs with injected faults.
  public private(set) var disturbedRuns: [Int] = []
  /// The newest measurement of each cell, comparable or not.
  private var newest: [Cell] = []

  /// - Parameters:
  ///   - runs: the runs to read; `nil` for all runs of the ledger.
  ///   - takesDisturbed: whether runs into which faults were injected count, too.
  /// - Throws: `LedgerError`.
  /// - Complexity: O(r·log r) for the r records of the runs, of which only the newest of each cell is decoded.
  public init(_ ledger: Ledger, runs: [Ledger.Run]? = nil, takesDisturbed: Bool = false) throws(LedgerError) {
    folder = ledger.folder
    let all = if let runs { runs } else { try ledger.runs() }
    var disturbed = takesDisturbed ? [] : Set(all.filter { !$0.disturbances.isEmpty }.map(\.number))
    var found = try ledger.lastMeasured(in: all.filter { !disturbed.contains($0.number) })
    // A record may have faults of which its run says nothing; an earlier measurement takes its place then.
    while !takesDisturbed {
      let more = found.filter { $0.record.measurement?.provenance.disturbances.isEmpty == false }.map(\.run)
      guard !more.isEmpty else { break }
      disturbed.formUnion(more)
      found = try ledger.lastMeasured(in: all.filter { !disturbed.contains($0.number) })
    }
    disturbedRuns = disturbed.sorted()
    let keys = Dictionary(uniqueKeysWithValues: all.map { ($0.number, $0.keys) })
    for (run, records) in found.grouped(by: \.run) {
      add(records.map(\.record), run: run, keys: keys[run] ?? [])
    }
    leaveOutOthers()
  }

  /// The same cells with those that a run has measured since.
  ///
  /// - Parameter run: the number of the run, the newest one; the records are in the order of its plan.
  /// - Complexity: O(n·log n) for all n cells.
  public func adding(_ records: [CellRecord], run: Int) -> LatestCells {
    var latest = self
    latest.add(records, run: run, keys: records.map(\.key))
    latest.leaveOutOthers()
    return latest
  }

  private mutating func add(_ records: [CellRecord], run: Int, keys: [CellKey]) {
    let places = Dictionary(zip(keys, keys.indices)) { first, _ in first }
    let added = records.compactMap { record -> Cell? in
      let record = record.of(run: run)
      guard let place = places[record.key], let measurement = record.measurement else { return nil }
      return Cell(run: run, record: record, measurement: measurement, place: place)
    }
    newest = (newest + added).sorted { ($0.run, $0.place) < ($1.run, $1.place) }
    var last: [NamedCell: Int] = [:]
    for (place, cell) in newest.enumerated() { last[NamedCell(cell.record)] = place }
    newest = last.values.sorted().map { newest[$0] }
  }

  private mutating func leaveOutOthers() {
    let last = last(of: newest) { $0.dataset.name }
    var refusals: [Incomparability] = []
    leaveOut(from: newest) { cell in
      guard let last = last[cell.measurement.dataset.name] else { return [] }
      // Cells with other numbers of threads are in other groups.
      let reasons = Incomparability.between(cell.measurement, last.measurement).filter {
        if case .threads = $0 { false } else { true }
      }
      refusals += reasons
      return reasons.map(\.description)
    }
    self.refusals = refusals.distinct
  }

  /// The cells that were measured with the same queries as the newest one on their dataset and of their workload.
  public func onSameQueries() -> LatestCells {
    struct Place: Hashable {
      let dataset: String
      let workload: String?
      init(_ record: CellRecord) {
        (dataset, workload) = (record.dataset.name, record.planned.options.stage?.workload)
      }
    }
    var latest = self
    let last = last(of: cells, in: Place.init)
    latest.leaveOut(from: cells, before: leftOut) { cell in
      guard let other = last[Place(cell.record)]?.record.dataset.shape else { return [] }
      let shape = cell.record.dataset.shape
      var reasons: [String] = []
      if shape.metric != other.metric {
        reasons.append("the metric is \(shape.metric.rawValue) and \(other.metric.rawValue)")
      }
      if (shape.trainSize, shape.dimension) != (other.trainSize, other.dimension) {
        reasons.append(
          "the vectors are \(shape.trainSize) × \(shape.dimension) and \(other.trainSize) × \(other.dimension)")
      }
      if shape.queries != other.queries { reasons.append("the queries are \(shape.queries) and \(other.queries)") }
      return reasons
    }
    return latest
  }

  /// The cell of each group that was measured last.
  private func last<Group: Hashable>(of cells: [Cell], in group: (CellRecord) -> Group) -> [Group: Cell] {
    var last: [Group: Cell] = [:]
    for cell in cells {
      let group = group(cell.record)
      if last[group].map({ $0.measurement.timestamp <= cell.measurement.timestamp }) ?? true { last[group] = cell }
    }
    return last
  }

  /// Keeps the cells for which there is no reason to leave them out.
  private mutating func leaveOut(from all: [Cell], before: [LeftOut] = [], for reasons: (Cell) -> [String]) {
    cells = []
    leftOut = before
    for cell in all {
      let (dataset, reasons) = (cell.record.dataset.name, reasons(cell))
      if reasons.isEmpty {
        cells.append(cell)
      } else if let place = leftOut.firstIndex(where: { $0.dataset == dataset && $0.reasons == reasons }) {
        leftOut[place].cells += 1
        leftOut[place].runs = (leftOut[place].runs + [cell.run]).distinct
      } else {
        leftOut.append(LeftOut(dataset: dataset, runs: [cell.run], cells: 1, reasons: reasons))
      }
    }
  }

  /// All cells, and those of the newest run that ended without a measurement, in the order of the runs and plans.
  ///
  /// - Parameter unmeasured: records of the run `run`, whose plan is `keys`.
  func records(with unmeasured: [CellRecord], run: Int, keys: [CellKey]) -> [CellRecord] {
    let places = Dictionary(zip(keys, keys.indices)) { first, _ in first }
    let ended = unmeasured.map { (run: run, place: places[$0.key] ?? keys.count, record: $0) }
    return (cells.map { (run: $0.run, place: $0.place, record: $0.record) } + ended)
      .sorted { ($0.run, $0.place) < ($1.run, $1.place) }.map(\.record)
  }
}
