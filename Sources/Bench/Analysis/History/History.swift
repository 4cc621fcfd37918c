import Foundation

/// A figure from run to run, with the runs at which it changed.
public struct History: Sendable, Codable {
  /// The version of the JSON form.
  public static let formatVersion = 1
  /// The least number of runs in a series in which changes are looked for.
  public static let leastRuns = ChangePoints.leastValues

  /// The series of one figure, of a cell or of a front.
  public struct Series: Sendable, Codable {
    public let dataset: String
    /// The name of the index in the sweep.
    public let index: String
    /// The cell's parameters, or `front`.
    public let subject: String
    /// The name among the series, see `Filter.namesInFull`.
    public let name: String
    public let k: Int
    public let mode: SearchMode
    public let threads: Int
    /// The stage; `nil` for searches of finished indexes.
    public let stage: WorkloadStage?
    /// The points in the order of the runs.
    public let points: [Point]
    public let changes: [Change]
    /// The positions after which figures must not be compared with earlier ones.
    public let breaks: [Break]
  }

  /// The value of one run.
  public struct Point: Sendable, Codable {
    public let run: Int
    public let started: Date
    public let commit: String
    public let tag: String
    /// The value; `nil` when the front does not reach the recall, and when nothing was measured.
    public let value: Double?
    /// The number of the series' planned cells that the run did not measure, and how they ended.
    public let missed: Int
    public let endings: [CellStatus]
  }

  /// A change to a new level, or to another spread.
  public struct Change: Sendable, Codable {
    /// The position of the first point of the new level.
    public let place: Int
    public let run: Int
    /// The commits of that run, and of the last one before it.
    public let commit: String
    public let commitBefore: String
    /// The means of both levels; geometric means, except for recall.
    public let before: Double
    public let after: Double
    /// The standard deviations of both sides when the spread changed, as fractions; `nil` for a change of level.
    public let spread: Spread?
    public let isWorse: Bool
  }

  /// The noise before and after a change.
  public struct Spread: Sendable, Codable {
    public let before: Double
    public let after: Double
  }

  /// A change of machine, build or dataset.
  public struct Break: Sendable, Codable {
    /// The position of the first point after the change.
    public let place: Int
    public let reasons: [Incomparability]
  }

  /// The selection of cells and runs.
  public struct Filter: Sendable {
    /// What the sweep calls the indexes; empty for all.
    public var indexes: [String] = []
    public var datasets: [String] = []
    /// The number of runs, counted from the newest; `nil` for all.
    public var runs: Int?
    /// Whether cells are named by their kind and all parameters, and not by the short names of `CellNames`.
    public var namesInFull = false

    public init() {}
  }

  public let version: Int
  public let metric: HistoryMetric
  public let isBetterLower: Bool
  public let series: [Series]
  /// The selected runs that are unfinished, and therefore left out.
  public let unfinishedRuns: [Int]
  /// The selected runs with injected faults, which are left out, too.
  public let disturbedRuns: [Int]
  /// The datasets and indexes of all runs, regardless of the filter.
  public let knownDatasets: [String]
  public let knownIndexes: [String]

  /// Reads a ledger.
  ///
  /// - Throws: `LedgerError`.
  /// - Complexity: O(runs · cells).
  public init(_ metric: HistoryMetric, of ledger: Ledger, filter: Filter = Filter()) throws(LedgerError) {
    let all = try ledger.runs()
    let runs = all.filter { $0.ended != nil && $0.disturbances.isEmpty }.suffix(filter.runs ?? .max)
    var read: [(run: Ledger.Run, records: [CellRecord])] = []
    for run in runs { read.append((run, try ledger.records(of: run))) }
    let first = filter.runs == nil ? 0 : runs.first?.number ?? 0
    self.init(metric, read, filter, leftOut: all.filter { $0.number >= first })
  }

  /// - Parameter leftOut: the runs among which unfinished ones and those with injected faults are listed.
  init(
    _ metric: HistoryMetric, _ runs: [(run: Ledger.Run, records: [CellRecord])], _ filter: Filter,
    leftOut: [Ledger.Run] = []
  ) {
    version = Self.formatVersion
    self.metric = metric
    isBetterLower = metric.isBetterLower
    unfinishedRuns = leftOut.filter { $0.ended == nil }.map(\.number)
    disturbedRuns = leftOut.filter { $0.ended != nil && !$0.disturbances.isEmpty }.map(\.number)
    knownDatasets = Set(runs.flatMap(\.records).map(\.dataset.name)).sorted()
    knownIndexes = Set(runs.flatMap(\.records).map(\.variant)).sorted()
    var order: [SeriesKey] = []
    var points: [SeriesKey: [RunOfSeries]] = [:]
    for (run, records) in runs {
      let chosen = records.filter { record in
        (filter.indexes.isEmpty || filter.indexes.contains(record.variant))
          && (filter.datasets.isEmpty || filter.datasets.contains(record.dataset.name))
      }
      let cells = Dictionary(grouping: chosen) { SeriesKey($0, isOfFront: metric.recall != nil) }
      for key in chosen.map({ SeriesKey($0, isOfFront: metric.recall != nil) }).distinct {
        let found = RunOfSeries(run: run, records: cells[key] ?? [])
        // A run that took over all of its cells from an earlier one adds no point.
        if let last = points[key]?.last, last.times == found.times { continue }
        if points[key] == nil {
          // A series begins with its first measurement.
          guard !found.cells.isEmpty else { continue }
          order.append(key)
        }
        points[key, default: []].append(found)
      }
    }
    // Each series uses the record of the newest run that has its cell.
    let newest = order.map { points[$0]?.last?.record }
    let names = CellNames(newest.compactMap { $0 })
    series = zip(order, newest).map { key, record in
      let cell = key.subject == nil ? nil : record.map { filter.namesInFull ? $0.planned.label : names.cell($0) }
      return Series(
        key, name: cell ?? "\(key.variant), \(key.front)", metric, points[key] ?? [], among: order.count)
    }
  }
}

/// The contribution of a run to a series.
private struct RunOfSeries {
  let run: Ledger.Run
  /// The record of one of its cells, measured or not.
  let record: CellRecord?
  /// The measured cells.
  let cells: [CellMeasurement]
  /// The statuses of the other cells.
  let endings: [CellStatus]
  /// The times at which the cells ended.
  let times: [Date]

  init(run: Ledger.Run, records: [CellRecord]) {
    self.run = run
    record = records.first
    cells = records.compactMap(\.measurement)
    endings = records.map(\.status).filter { $0 != .ok }
    times = records.map { $0.measurement?.timestamp ?? $0.finished }
  }
}

/// The identity of a series.
private struct SeriesKey: Hashable {
  /// The subject; `nil` for a front.
  let subject: CellSubject?
  let variant: String
  let dataset: String
  let k: Int
  let mode: SearchMode
  let threads: Int
  let stage: WorkloadStage?

  /// The name of a front: `front`, or at a stage `front, step 3`.
  var front: String { "front" + (stage.map { ", \($0)" } ?? "") }

  init(_ record: CellRecord, isOfFront: Bool) {
    subject = isOfFront ? nil : CellSubject(record.planned, dataset: record.dataset)
    variant = record.variant
    dataset = record.dataset.name
    k = record.planned.options.k
    mode = record.planned.options.mode
    threads = record.planned.options.threads
    stage = record.planned.options.stage
  }
}

extension History.Series {
  /// - Parameter count: the number of series in which changes are looked for.
  fileprivate init(
    _ key: SeriesKey, name: String, _ metric: HistoryMetric, _ runs: [RunOfSeries], among count: Int
  ) {
    dataset = key.dataset
    index = key.variant
    subject = key.subject?.name ?? key.front
    self.name = name
    stage = key.stage
    k = key.k
    mode = key.mode
    threads = key.threads
    let values = runs.map { metric.value(of: $0.cells).flatMap { $0.isFinite ? $0 : nil } }
    points = zip(runs, values).map { run, value in
      History.Point(
        run: run.run.number, started: run.run.started,
        commit: run.cells.first?.provenance.commit ?? run.run.commit, tag: run.run.tag, value: value,
        missed: run.endings.count, endings: run.endings.distinct)
    }
    var breaks: [History.Break] = []
    // Runs without a measurement are not compared with any other.
    let measured = runs.indices.filter { !runs[$0].cells.isEmpty }
    for (before, place) in zip(measured, measured.dropFirst()) {
      let reasons = Incomparability.between(runs[before].cells, runs[place].cells)
        .filter { $0.concerns(metric.figure) }
      if !reasons.isEmpty { breaks.append(History.Break(place: place, reasons: reasons)) }
    }
    self.breaks = breaks
    var changes: [History.Change] = []
    for stretch in Self.stretches(of: values.count, breaks) {
      changes += Self.changes(in: points, stretch, metric, among: count)
    }
    self.changes = changes
  }

  /// The positions of the points between two breaks.
  private static func stretches(of count: Int, _ breaks: [History.Break]) -> [Range<Int>] {
    let bounds = [0] + breaks.map(\.place) + [count]
    return zip(bounds, bounds.dropFirst()).map { $0..<$1 }
  }

  /// The greatest number of values among which changes are looked for.
  public var mostComparedValues: Int {
    Self.stretches(of: points.count, breaks).map { points[$0].count { $0.value != nil } }.max() ?? 0
  }

  /// The changes between two breaks.
  private static func changes(
    in points: [History.Point], _ range: Range<Int>, _ metric: HistoryMetric, among count: Int
  ) -> [History.Change] {
    // Fractions are compared by differences, all other figures by ratios.
    let isShare = metric.figure.isShare
    let places = range.filter { place in points[place].value.map { isShare || $0 > 0 } ?? false }
    let values = places.map { place in (points[place].value ?? 0) }.map { isShare ? $0 : log($0) }
    let found = SeriesChanges(in: values, leastDeviation: isShare ? 1e-5 : 1e-3, among: count).changes
    let ends = [0] + found.map(\.place) + [values.count]
    return found.enumerated().map { number, change in
      let (old, new) = (
        Array(values[ends[number]..<change.place]), Array(values[change.place..<ends[number + 2]])
      )
      let (before, after) = (Dispersion.mean(old), Dispersion.mean(new))
      let deviations = (Dispersion.variance(old).squareRoot(), Dispersion.variance(new).squareRoot())
      let first = places[change.place]
      return History.Change(
        place: first, run: points[first].run, commit: points[first].commit,
        commitBefore: points[places[change.place - 1]].commit, before: isShare ? before : exp(before),
        after: isShare ? after : exp(after),
        spread: change.isOfSpread ? History.Spread(before: deviations.0, after: deviations.1) : nil,
        isWorse: change.isOfSpread ? deviations.1 > deviations.0 : (after > before) == metric.isBetterLower)
    }
  }
}
