/// Whether queries arrive one a call or all in one call.
public enum SearchMode: String, Sendable, CaseIterable, Codable {
  /// One query a call: what a server does. More than one thread are so many clients in a closed loop.
  case single
  /// All queries in one call; more than one thread share the queries out in equal slices.
  case batch
}

/// How each cell is measured.
public struct RunOptions: Sendable, Hashable, Codable {
  /// Neighbours asked for, at least 1.
  public var k = 10
  /// Timed rounds over all queries, at least 1; the median round by queries per second is reported.
  public var rounds = 3
  public var mode = SearchMode.single
  /// Searching threads, at least 1.
  public var threads = 1
  /// Threads that train and insert, at least 1; no result depends on them.
  public var buildThreads = 1
  /// Where all randomness of an index comes from.
  public var seed: UInt64 = 0xDEAD_BEEF_CAFE_F00D
  /// The stage of a workload at which is measured; `nil` for searches of a finished index.
  public var stage: WorkloadStage?

  public init() {}
}

extension RunOptions {
  /// Whether the times and answers of all queries are kept: rounds are, what readers do beside a writer is not.
  public var keepsRawResults: Bool { if case .ingest = stage { false } else { true } }
}

extension RunOptions {
  /// What `seed(parsing:)` takes.
  public static let seedExpected = "an integer, 0…\(UInt64.max)"

  /// Reads a seed, decimal or with 0x; nil for anything else.
  public static func seed(parsing text: String) -> UInt64? {
    text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
  }
}

extension RunOptions {
  /// Whether the times of the queries make up a round's speed: one client in a closed loop.
  var speedIsOfQueries: Bool { mode == .single && threads == 1 }

  /// Queries per second of a round: in single mode with one thread 1 / mean time, as ann-benchmarks defines it, else
  /// q / wall time.
  func queriesPerSecond(nanoseconds: [UInt64], wallNanoseconds: UInt64) -> Double {
    let total = speedIsOfQueries ? nanoseconds.reduce(0, +) : wallNanoseconds
    return total > 0 ? Double(nanoseconds.count) * 1e9 / Double(total) : 0
  }
}
