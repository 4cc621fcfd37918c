import Testing

@testable import Bench

@Suite struct RoundSpeedsTests {
  /// 50 queries of 1 µs; in each round another one takes 100 µs, as if another program had run meanwhile.
  private func raw(rounds: Int) -> RawRounds {
    let nanoseconds = (0..<rounds).map { round in (0..<50).map { UInt64($0 == 7 * round ? 100_000 : 1000) } }
    return RawRounds(
      k: 1, nanoseconds: nanoseconds, wallNanoseconds: Array(repeating: 1_000_000, count: rounds),
      distanceComputations: Array(repeating: 1, count: rounds), rows: Array(repeating: 0, count: 50),
      distances: Array(repeating: 0, count: 50))
  }

  @Test func whatAnotherProgramTookIsNotTheIndexs() {
    let speeds = RoundSpeeds(raw(rounds: 5), options: RunOptions())
    // The query counts twice its median: 51 µs for 50 queries.
    #expect(speeds.queriesPerSecond.allSatisfy { abs($0 - 50e6 / 51) < 1 })
    #expect(speeds.p50Milliseconds == Array(repeating: 0.001, count: 5))
    // The tail has it.
    #expect(speeds.p99Milliseconds.allSatisfy { $0 > 0.04 })
  }

  @Test func twoRoundsDoNotTellWhatAQueryTakes() {
    let speeds = RoundSpeeds(raw(rounds: 2), options: RunOptions())
    #expect(speeds.queriesPerSecond.allSatisfy { abs($0 - 50e6 / 149) < 1 })
  }

  @Test func aBatchIsItsWallTime() {
    var options = RunOptions()
    options.mode = .batch
    #expect(RoundSpeeds(raw(rounds: 5), options: options).queriesPerSecond.allSatisfy { $0 == 50_000 })
  }
}
