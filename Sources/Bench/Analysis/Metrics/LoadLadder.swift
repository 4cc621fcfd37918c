/// The cells of one index that were measured at several rates, and its knee: the greatest rate that it keeps.
public struct LoadLadder: Sendable {
  /// The cells by ascending rate.
  public let cells: [CellMeasurement]

  /// A rate is kept when all requests are answered in the time of the schedule and one median latency, of which the
  /// schedule is so large a share.
  static let keptShare = 0.99

  /// The cell at the greatest rate that is kept, below every rate that is not; `nil` when not even the first one is.
  public var knee: CellMeasurement? { cells.prefix { $0.keepsRate }.last }

  /// The cell at the smallest rate that is not kept; `nil` when all are.
  public var overload: CellMeasurement? { cells.first { !$0.keepsRate } }

  /// The ladders of some measurements, in the order of their first cells; cells of other workloads are left out.
  ///
  /// - Complexity: O(n log n).
  public static func all(of measurements: [CellMeasurement]) -> [LoadLadder] {
    let loads = measurements.filter { $0.askedRate != nil }
    return loads.grouped { StageLine($0) }.map { _, cells in
      LoadLadder(cells: cells.sorted { ($0.askedRate ?? 0) < ($1.askedRate ?? 0) })
    }
  }
}

extension CellMeasurement {
  /// The rate of a `load` in requests per second; `nil` for other workloads.
  public var askedRate: Int? {
    if case .load(let point) = options.stage { point.rate } else { nil }
  }

  fileprivate var keepsRate: Bool {
    guard let rate = askedRate, let load = workload?.load else { return true }
    // What is due at the end of the schedule is answered one latency later.
    let seconds = Double(load.requests) / speed.queriesPerSecond - speed.p50Milliseconds / 1e3
    return load.unanswered == 0 && LoadLadder.keptShare * seconds <= Double(load.requests) / Double(rate)
  }
}
