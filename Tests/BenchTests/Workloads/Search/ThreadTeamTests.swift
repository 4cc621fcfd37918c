import Foundation
import Synchronization
import TestSupport
import Testing
import VectorCore
import VectorIndexes

@testable import Bench

@Suite struct ThreadTeamTests {
  @Test func allThreadsRunAtTheSameTimeHoweverFewTheCores() throws {
    let threads = 4 * ProcessInfo.processInfo.activeProcessorCount
    let arrived = Atomic<Int>(0)
    // Each waits for all the others: with fewer real threads than asked for, this would never end.
    let nanoseconds = try timeTogether(threads: threads) { _ in
      arrived.add(1, ordering: .relaxed)
      while arrived.load(ordering: .relaxed) < threads { usleep(100) }
    }
    #expect(arrived.load(ordering: .relaxed) == threads && nanoseconds > 0)
  }

  @Test func oneThreadIsTheCallersOwn() throws {
    let caller = pthread_self()
    _ = try timeTogether(threads: 1) { number in
      #expect(number == 0 && pthread_equal(pthread_self(), caller) != 0)
    }
  }

  #if os(Linux)
    @Test func clientsWithoutThreadsAreAnError() async {
      await #expect(processExitsWith: .success) {
        forbidThreads()
        #expect(throws: ThreadError.self) {
          _ = try timeTogether(threads: 2) { _ in Issue.record("a client of a team that is not whole") }
        }
        #expect(throws: IndexError.self) { _ = try HarnessOverhead.measure(threads: 2, queries: 1, rounds: 1) }
      }
    }
  #endif
}
