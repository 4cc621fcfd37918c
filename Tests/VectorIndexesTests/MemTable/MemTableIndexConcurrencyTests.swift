import Foundation
import Synchronization
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct MemTableIndexConcurrencyTests {
  /// The row of each id.
  typealias Contents = [UInt64: UInt64]

  /// What one search has found, the writes that were done when it began, and those that were begun when it ended.
  struct Seen {
    let before: Int
    let after: Int
    let ids: Set<UInt64>
    /// Of one query; answers to several at a time do not tell the rows.
    let rows: Contents?
  }

  /// One thread trains, inserts, removes and retrains, memtables are frozen and flushed meanwhile; others search, one
  /// query or several at a time, and ask for statistics. Every answer is that of all writes up to one of those that were
  /// going on. RECALLBENCH_LONG=1 takes ten times as many writes.
  @Test(arguments: MemTableConfiguration.Overflow.allCases)
  func everyAnswerIsThatOfAPrefixOfTheWrites(overflow: MemTableConfiguration.Overflow) throws {
    let writes = ProcessInfo.processInfo.environment["RECALLBENCH_LONG"] == "1" ? 4000 : 400
    let setup = IndexSetup(
      MemTableIndex.self, metric: .euclidean, dimension: 4,
      build: [
        "nlist": "4", "m": "2", "niter": "1", "max_rows": "40", "capacity_factor": "1", "frozen": "1",
        "overflow": overflow.rawValue,
      ],
      exhaustive: ["nprobe": "4", "refine": "1000"])
    let index = try setup.make()
    let pool = setup.vectors(64, .duplicateHeavy, seed: 5)
    let begun = Atomic<Int>(0)
    let done = Atomic<Int>(-1)
    let isOver = Atomic<Bool>(false)
    let results = ReaderResults<Seen>()
    let group = DispatchGroup()
    for reader in 0..<4 {
      group.enter()
      let thread = Thread {
        defer { group.leave() }
        do {
          results.add(
            try search(index, setup, pool, seed: UInt64(reader), batch: reader % 2 == 0 ? 1 : 3) {
              (done.load(ordering: .sequentiallyConsistent), isOver.load(ordering: .sequentiallyConsistent))
            } begun: {
              begun.load(ordering: .sequentiallyConsistent)
            })
        } catch {
          results.fail("\(error)")
        }
      }
      thread.start()
    }
    // The contents after each write, the first of which is the training.
    var states: [Contents] = []
    var contents: Contents = [:]
    var (nextRow, generator): (UInt64, SeededGenerator) = (0, SeededGenerator(seed: 8))
    for number in 0..<writes {
      begun.store(number, ordering: .sequentiallyConsistent)
      let inserts = number < 10 || generator.next(below: 2) == 0
      if number == 0 {
        try index.train(setup.vectors(200, seed: 99), threads: 1)
      } else if number % 50 == 49 {
        try index.retrain(threads: 1)
      } else if inserts {
        let ids = (0..<6).map { _ in UInt64(generator.next(below: 90)) }
        try index.insertBatch(
          ids: ids, vectors: pool.gathering(ids.map { Int($0) % 64 }), metadata: [], onConflict: .replace, threads: 1)
        for id in ids {
          contents[id] = nextRow
          nextRow += 1
        }
      } else if contents.count > 30 {
        let id = contents.keys.sorted()[generator.next(below: contents.count)]
        #expect(try index.remove(id: id))
        contents[id] = nil
        nextRow += 1
      }
      states.append(contents)
      done.store(number, ordering: .sequentiallyConsistent)
      // Lets readers in between, on few cores too.
      if number % 4 == 0 { usleep(200) }
    }
    isOver.store(true, ordering: .sequentiallyConsistent)
    group.wait()
    let (seen, failures) = results.take()
    #expect(failures.isEmpty, "\(failures.first ?? "")")
    #expect(seen.count > 20)
    for one in seen {
      // A write that is going on may be seen already.
      let possible = max(0, one.before)...min(one.after, writes - 1)
      let explains = possible.contains { number in
        one.rows.map { $0 == states[number] } ?? (one.ids == Set(states[number].keys))
      }
      guard !explains else { continue }
      Issue.record("a search between writes \(one.before) and \(one.after) has found \(one.rows ?? [:]) \(one.ids)")
      return
    }
  }

  /// Searches until all writes are done, and once more.
  private func search(
    _ index: MemTableIndex, _ setup: IndexSetup<MemTableIndex>, _ pool: Matrix, seed: UInt64, batch: Int,
    state: () -> (done: Int, isOver: Bool), begun: () -> Int
  ) throws -> [Seen] {
    var generator = SeededGenerator(seed: seed)
    let (scratch, parameters) = (index.makeScratch(), try setup.searchParameters())
    var seen: [Seen] = []
    var (isLast, round) = (false, 0)
    while !isLast {
      round += 1
      let (before, isOver) = state()
      isLast = isOver
      let queries = pool.gathering((0..<batch).map { _ in generator.next(below: pool.rows) })
      var answers: [(ids: [UInt64], rows: [UInt64]?)] = []
      do throws(IndexError) {
        if batch == 1 {
          var answer = TopK(k: 200)
          try index.search(
            queries[row: 0], k: 200, parameters: parameters, filter: nil, scratch: scratch, into: &answer)
          answers = [(answer.neighbors.map(\.id), answer.neighbors.map(\.sequence))]
        } else {
          var found = NeighborBatch(k: 200, reserving: batch)
          try index.searchBatch(
            queries, k: 200, parameters: parameters, filter: nil, scratch: scratch, into: &found)
          answers = found.counts.enumerated().map { row, count in (Array(found.ids[row * 200..<row * 200 + count]), nil)
          }
        }
      } catch {
        guard before < 0, error == .notTrained(kind: "memtable") else { throw error }
        continue
      }
      let after = begun()
      for (ids, rows) in answers {
        let all = Set(ids)
        #expect(all.count == ids.count, "an id twice in one answer")
        let contents = rows.map { Contents(zip(ids, $0)) { first, _ in first } }
        seen.append(Seen(before: before, after: after, ids: all, rows: contents))
      }
      if round % 16 == 0 {
        // These wait for the writes, and count what one of them has left.
        #expect(index.clusterSizes.count == 4 && index.statistics.memoryBytes > 0 && index.count <= 90)
      }
    }
    return seen
  }
}
