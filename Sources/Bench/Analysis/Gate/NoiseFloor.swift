import Foundation

/// How much figures move from one of the base's runs to the next though nobody has touched anything.
///
/// Three standard deviations of a difference of successive runs, these by the median absolute difference: steps that
/// commits made are few and do not count. Only runs on the base's processor, kernels, build and dataset are looked at, and
/// none that was disturbed by order.
/// Source: Shewhart's limits; Rousseeuw and Croux, "Alternatives to the Median Absolute Deviation", 1993,
/// doi:10.1080/01621459.1993.10476408.
public struct NoiseFloor: Sendable {
  /// Fewer differences than these say nothing.
  static let leastDifferences = 3

  /// The runs in their order, the base last.
  private let runs: [[CellMeasurement]]
  private let places: [[CellSubject: Int]]

  /// Reads the runs before the base.
  ///
  /// - Parameter length: how many at most, the base included.
  /// - Throws: `LedgerError`. - Complexity: O(length · cells).
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

  /// The noise of a cell's figure: of a share in its unit, of all else in its logarithm; nil where too few runs have it.
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

  /// Those that the last one's times can be held against, each measurement once however many runs share it.
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
