import Foundation
import OrderedStore
import Synchronization
import Testing

@Suite struct ConcurrencyTests {
  /// Runs `body` on threads of their own, all at once; rethrows an error of any.
  private func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
    let group = DispatchGroup()
    nonisolated(unsafe) var errors: [any Error] = []
    let lock = NSLock()
    for number in 0..<count {
      group.enter()
      Thread {
        defer { group.leave() }
        do { try body(number) } catch { lock.withLock { errors.append(error) } }
      }.start()
    }
    group.wait()
    if let error = errors.first { throw error }
  }

  // parity: S1.11
  @Test(arguments: StoreKind.allCases)
  func readersSeeWholeTransactionsWhileOneWrites(_ kind: StoreKind) throws {
    let (readers, keys, commits) = (32, 40, 60)
    try kind.withStore { store in
      let write: @Sendable (Int) throws -> Void = { commit in
        try store.write { transaction throws(StoreError) in
          for key in 0..<keys {
            let count = key % 10 == 0 ? 5_000 : 40
            try transaction.put(Array(repeating: UInt8(commit), count: count), for: [UInt8(key)], in: "t")
          }
          // Tables come into being under the readers' eyes.
          if commit % 10 == 0 { try transaction.put([UInt8(commit)], for: [0], in: "t\(commit)") }
        }
      }
      try write(0)
      let isDone = Atomic(false)
      let reads = Atomic(0)
      try onThreads(readers + 1) { number in
        if number == readers {
          defer { isDone.store(true, ordering: .releasing) }
          for commit in 1...commits { try write(commit) }
          return
        }
        var last: UInt8 = 0
        repeat {
          let snapshot = try store.snapshot()
          let values = try snapshot.entries(of: "t").map { $0[1] }
          let commit = values[0][0]
          // All of one transaction, and none older than what was seen before.
          #expect(values.count == keys && values.allSatisfy { $0.allSatisfy { $0 == commit } })
          #expect(commit >= last)
          let (made, notYet) = (commit / 10 * 10, commit / 10 * 10 + 10)
          let counts = try [snapshot.count(of: "t\(made)"), snapshot.count(of: "t\(notYet)")]
          #expect(counts == [1, 0])
          last = commit
          reads.add(1, ordering: .relaxed)
        } while !isDone.load(ordering: .acquiring)
      }
      #expect(try store.snapshot().bytes(for: [1], in: "t")?.first == UInt8(commits))
      #expect(reads.load(ordering: .relaxed) >= readers)
    }
  }

  @Test(arguments: StoreKind.allCases)
  func manyThreadsReadOneSnapshot(_ kind: StoreKind) throws {
    try kind.withStore { store in
      try store.write { transaction throws(StoreError) in
        for key in 0..<200 { try transaction.put(Array(repeating: UInt8(key), count: 100), for: [UInt8(key)], in: "t") }
      }
      let snapshot = try store.snapshot()
      try onThreads(8) { number in
        for key in 0..<200 {
          let found = (key * 7 + number) % 200
          let bytes = try snapshot.bytes(for: [UInt8(found)], in: "t")
          #expect(bytes == Array(repeating: UInt8(found), count: 100))
        }
        let keys = try snapshot.keys(of: "t", .from([50], upTo: [60]), .descending)
        #expect(keys.count == 10)
      }
    }
  }
}
