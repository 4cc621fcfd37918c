import Testing

@testable import Bench

@Suite struct HarnessOverheadTests {
  @Test func itIsWhatTheQueriesTimesLeaveOfEachClientsTime() {
    #expect(HarnessOverhead.overhead(of: [(wall: 1_000, timed: 600)], threads: 1, queries: 8) == 50)
    #expect(HarnessOverhead.overhead(of: [(wall: 1_000, timed: 1_200)], threads: 2, queries: 8) == 100)
  }

  @Test func theQuickestRoundCounts() {
    let rounds: [(wall: UInt64, timed: UInt64)] = [(900, 100), (500, 100), (1_000, 100)]
    #expect(HarnessOverhead.overhead(of: rounds, threads: 1, queries: 10) == 40)
  }

  @Test(arguments: [1, 3])
  func everyClientOfTheEmptyIndexIsMeasured(threads: Int) throws {
    // The clock is read around every call: some time lies between any two.
    #expect(try HarnessOverhead.measure(threads: threads, queries: 2_000, rounds: 3) > 0)
  }
}
