/// Whether queries arrive one a call or all in one call.
public enum SearchMode: String, Sendable, CaseIterable {
  /// One query a call: what a server does. More than one thread are so many clients in a closed loop.
  case single
  /// All queries in one call; more than one thread share the queries out in equal slices.
  case batch
}

/// How each cell is measured.
public struct RunOptions: Sendable, Equatable {
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

  public init() {}
}
