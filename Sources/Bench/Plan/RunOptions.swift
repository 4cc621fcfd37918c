/// Whether each call searches one query or all queries.
public enum SearchMode: String, Sendable, CaseIterable, Codable {
  /// One query in each call, as in a server. Several threads are as many clients in a closed loop.
  case single
  /// All queries in one call; several threads divide the queries into equal slices.
  case batch

  /// The mode with its threads, when there are several: `single ×2`.
  public func text(threads: Int) -> String { threads == 1 ? rawValue : "\(rawValue) ×\(threads)" }
}

/// How each cell is measured.
public struct RunOptions: Sendable, Hashable, Codable {
  /// The number of neighbours that are requested, at least 1.
  public var k = 10
  /// The number of timed rounds over all queries, at least 1; the round with the median of queries per second is
  /// reported.
  public var rounds = 3
  public var mode = SearchMode.single
  /// The number of searching threads, at least 1.
  public var threads = 1
  /// The number of threads that train and insert, at least 1; no result depends on it.
  public var buildThreads = 1
  /// The seed of all randomness in an index.
  public var seed: UInt64 = 0xDEAD_BEEF_CAFE_F00D
  /// The stage of a workload at which the cell is measured; `nil` for searches of a finished index.
  public var stage: WorkloadStage?

  public init() {}
}

extension RunOptions {
  /// Whether the times and answers of all queries are kept; they are for rounds, but not for readers beside a writer
  /// and for requests at a rate.
  public var keepsRawResults: Bool {
    switch stage {
    case .ingest, .load: false
    case .filtered, .drift, .runbook, nil: true
    }
  }

  /// Whether answers are judged by the true neighbours among all rows of the dataset.
  var usesWholeTruth: Bool {
    switch stage {
    case .load, nil: true
    case .filtered, .drift, .ingest, .runbook: false
    }
  }
}

extension RunOptions {
  /// The description of what `seed(parsing:)` accepts.
  public static let seedExpected = "an integer, 0…\(UInt64.max)"

  /// Reads a seed, decimal or hexadecimal with 0x; `nil` for anything else.
  public static func seed(parsing text: String) -> UInt64? {
    text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
  }
}

extension RunOptions {
  /// Whether a round's speed follows from the times of its queries, which is so for one client in a closed loop.
  var speedIsOfQueries: Bool { mode == .single && threads == 1 }

  /// The queries per second of a round: 1 / mean time in single mode with one thread, as ann-benchmarks defines it;
  /// otherwise q / wall time.
  func queriesPerSecond(nanoseconds: [UInt64], wallNanoseconds: UInt64) -> Double {
    let total = speedIsOfQueries ? nanoseconds.reduce(0, +) : wallNanoseconds
    return total > 0 ? Double(nanoseconds.count) * 1e9 / Double(total) : 0
  }
}
