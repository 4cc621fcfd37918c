import Testing

@testable import Bench

@Suite struct HarnessOverheadTests {
  @Test(arguments: [1, 2])
  func everyTurnOfTheLoopCosts(threads: Int) {
    let nanoseconds = HarnessOverhead.measure(threads: threads)
    #expect(nanoseconds > 0 && nanoseconds.isFinite)
  }
}
