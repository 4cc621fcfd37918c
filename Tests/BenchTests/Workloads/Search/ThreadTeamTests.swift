import Foundation
import Synchronization
import Testing

@testable import Bench

@Suite struct ThreadTeamTests {
  @Test func allThreadsRunAtTheSameTimeHoweverFewTheCores() {
    let threads = 4 * ProcessInfo.processInfo.activeProcessorCount
    let arrived = Atomic<Int>(0)
    // Each waits for all the others: with fewer real threads than asked for, this would never end.
    let nanoseconds = timeTogether(threads: threads) { _ in
      arrived.add(1, ordering: .relaxed)
      while arrived.load(ordering: .relaxed) < threads { usleep(100) }
    }
    #expect(arrived.load(ordering: .relaxed) == threads && nanoseconds > 0)
  }

  @Test func oneThreadIsTheCallersOwn() {
    let caller = pthread_self()
    _ = timeTogether(threads: 1) { number in
      #expect(number == 0 && pthread_equal(pthread_self(), caller) != 0)
    }
  }
}
