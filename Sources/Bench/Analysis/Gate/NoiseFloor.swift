import Foundation

/// The noise of figures from one of the base's runs to the next, when nothing has been changed.
///
/// It is three standard deviations of the difference of successive runs, estimated from the median absolute difference;
/// the steps that commits caused are few and hardly affect it. Only runs with the base's processor, kernels, build and
/// dataset are used, and none with injected faults. Source: Shewhart's limits; Rousseeuw and Croux, "Alternatives to
/// the Median Absolute Deviation", 1993, doi:10.1080/01621459.1993.10476408.
public struct NoiseFloor: Sendable {
  /// The least number of differences from which noise is estimated.
  static let leastDifferences = 3

  /// The runs in order, the base last.
  private let runs: [[CellMeasurement]]
  private let places: [[CellSubject: Int]]

  /// Reads the runs before the base.
  ///
  /// - Parameter length: the greatest number of runs, including the base.
  /// - Throws: `LedgerError`.
  /// - Complexity: O(length · cells).
  public init(of base: ComparedRun, length: Int) throws(LedgerError) {
    let ledger = try Ledger(reading: base.folder)
    let earlier = try ledger.runs()
      .filter { $0.ended != nil && $0.number < base.run.number && $0.disturbances.isEmpty }.suffix(max(length - 1, 0))
    var runs: [[CellRecord]] = []
    for run in earlier { runs.append(try ledger.records(of: run)) }
    self.init(runs + [base.records])
  }

  init(_ records: [[CellRecord]]) {
    let measured = records.map { run in run.filter { $0.status == .ok } }
    runs = measured.map { $0.compactMap(\.measurement) }
    places = measured.map { run in
      Dictionary(
        run.enumerated().map { (CellSubject($1.planned, dataset: $1.dataset), $0) },
        uniquingKeysWith: { first, _ in first })
    }
  }

  /// The noise of a cell's figure: for a fraction in its own unit, for any other figure in its logarithm; `nil` when
  /// too few runs have it.
  func floor(_ figure: Figure, of subject: CellSubject) -> Double? {
    let all = zip(runs, places).compactMap { run, places in places[subject].map { run[$0] } }
    let measurements = Self.comparable(all)
    return Self.floor(
      measurements.compactMap { measurement in
        figure.number(of: measurement).flatMap { figure.isShare ? $0 : $0 > 0 ? log($0) : nil }
      })
  }

  /// The noise of a front's figure at a recall, in its logarithm.
  func floor(_ figure: Figure, of front: FrontComparison, at recall: Double) -> Double? {
    let values = runs.compactMap { run -> ([CellMeasurement], Double)? in
      let cells = run.filter { cell in
        cell.variant == front.baseVariant && cell.dataset.name == front.dataset && cell.options.k == front.k
          && cell.options.mode == front.mode && cell.options.threads == front.threads
          && cell.options.stage == front.stage
      }
      guard !cells.isEmpty, let speed = figure.reportedFront(cells).queriesPerSecond(atRecall: recall) else {
        return nil
      }
      return (cells, log(speed))
    }
    guard let last = values.last else { return nil }
    var seen: Set<Date> = []
    return Self.floor(
      values.filter { cells, _ in
        Incomparability.between(cells, last.0).isEmpty && seen.insert(cells[0].timestamp).inserted
      }.map(\.1))
  }

  /// The measurements whose times can be compared with those of the last one; a measurement that several runs share
  /// counts once.
  private static func comparable(_ measurements: [CellMeasurement]) -> [CellMeasurement] {
    guard let last = measurements.last else { return [] }
    var seen: Set<Date> = []
    return measurements.filter { Incomparability.between($0, last).isEmpty && seen.insert($0.timestamp).inserted }
  }

  private static func floor(_ values: [Double]) -> Double? {
    let differences = zip(values, values.dropFirst()).map { abs($1 - $0) }.filter(\.isFinite)
    guard differences.count >= leastDifferences else { return nil }
    return 3 * 1.4826 * Dispersion.median(differences)
  }
}
