import Foundation
import Synchronization
import TestSupport
import Testing
import VectorCore

@Suite struct ParallelTests {
  @Test(arguments: [1, 2, 5]) func everyItemIsInOneChunk(threads: Int) {
    var seen = [Int](repeating: 0, count: 1003)
    seen.withUnsafeMutableBufferPointer { seen in
      let seen = Disjoint(seen)
      parallelChunks(of: 1003, chunk: 10, threads: threads) { number, items in
        for item in items { seen[item] += item / 10 == number ? 1 : 100 }
      }
    }
    #expect(seen.allSatisfy { $0 == 1 })
  }

  @Test func aThreadMakesItsScratchOnce() {
    final class Scratch: @unchecked Sendable {
      var chunks = 0
      let made: @Sendable (Int) -> Void
      init(_ made: @escaping @Sendable (Int) -> Void) { self.made = made }
      deinit { made(chunks) }
    }
    let scratches = Mutex<[Int]>([])
    let note: @Sendable (Int) -> Void = { chunks in scratches.withLock { $0.append(chunks) } }
    parallelChunks(of: 100, chunk: 1, threads: 2, scratch: Scratch(note)) { scratch, _, _ in scratch.chunks += 1 }
    let chunks = scratches.withLock { $0 }
    #expect(chunks.count <= 2 && chunks.reduce(0, +) == 100)
  }

  @Test func nothingToDoMakesNothing() {
    let made = Mutex(0)
    parallelChunks(of: 0, chunk: 8, threads: 2, scratch: made.withLock { $0 += 1 }) { _, _, _ in
      Issue.record("a chunk of nothing")
    }
    #expect(made.withLock { $0 } == 0)
  }

  #if os(Linux)
    /// Whoever waits for a thread that the system refuses waits for ever.
    @Test func theWorkIsDoneWithTheThreadsThatThereAre() async {
      await #expect(processExitsWith: .success) {
        forbidThreads()
        #expect(throws: ThreadError(code: EAGAIN)) { try SystemThread.start {} }
        #expect(throws: ThreadError.self) {
          try SystemThread.runTogether(3) { _ in Issue.record("a thread of a team that is not whole") }
        }
        let sum = Atomic<Int>(0)
        parallelChunks(of: 1000, chunk: 3, threads: 8) { _, items in
          sum.add(items.reduce(0, +), ordering: .relaxed)
        }
        #expect(sum.load(ordering: .relaxed) == 999 * 500)
        #expect("\(ThreadError(code: EAGAIN))".contains("(Resource temporarily unavailable); use fewer threads"))
      }
    }
  #endif
}
