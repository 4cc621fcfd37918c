import Synchronization

/// How far the searches of a cell are, for another thread to show.
///
/// The counter that hands out the queries is the one that is read: showing progress costs the measured loop nothing.
public final class SearchProgress: Sendable {
  private let next = Atomic<Int>(0)
  private let rounds = Atomic<Int>(0)

  public init() {}

  /// Queries handed out in this round.
  public var queries: Int { next.load(ordering: .relaxed) }

  /// The round under way, from 1; 0 while warming up.
  public var round: Int { rounds.load(ordering: .relaxed) }

  func begin(round: Int) {
    next.store(0, ordering: .relaxed)
    rounds.store(round, ordering: .relaxed)
  }

  /// The number of the next query, once each whatever the number of threads that ask.
  func takeQuery() -> Int { next.add(1, ordering: .relaxed).oldValue }

  /// Hands out no further query below `count`.
  func exhaust(_ count: Int) { next.store(count, ordering: .relaxed) }
}
