import Dispatch
import Foundation
import Synchronization
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct MemTableConcurrencyTests {
  /// One call of the writer's; rows are published when it ends.
  enum Write {
    case insert([UInt64])
    case remove(UInt64)
    case freeze
    case flush
  }

  /// What a reader has seen, and what was published before and after.
  struct Seen {
    let before: UInt64
    let after: UInt64
    let maxRow: UInt64?
    let rows: [UInt64]
  }

  /// A history of writes, and for each row count that they publish the rows of the newest versions.
  struct History {
    var writes: [Write] = []
    var states: [UInt64: [UInt64]] = [0: []]
    /// The version that each row is, and the row that ended it.
    var versions: [(row: UInt64, end: UInt64)] = []

    init(_ count: Int, seed: UInt64) {
      var generator = SeededGenerator(seed: seed)
      var newest: [UInt64: Int] = [:]
      var nextRow: UInt64 = 0
      for number in 0..<count {
        if number % 40 == 39 {
          writes.append(number % 120 == 119 ? .flush : .freeze)
        } else if generator.next(below: 3) == 0, let id = newest.keys.min(by: { $0 * 7 % 31 < $1 * 7 % 31 }) {
          versions[newest.removeValue(forKey: id)!].end = nextRow
          nextRow += 1
          writes.append(.remove(id))
        } else {
          let ids = (0..<1 + generator.next(below: 12)).map { _ in UInt64(generator.next(below: 80)) }
          for id in ids {
            if let old = newest[id] { versions[old].end = nextRow }
            newest[id] = versions.count
            versions.append((nextRow, .max))
            nextRow += 1
          }
          writes.append(.insert(ids))
        }
        states[nextRow] = newest.values.map { versions[$0].row }.sorted()
      }
    }

    /// The rows of what a search for rows up to `maxRow` sees.
    func rows(upTo maxRow: UInt64) -> [UInt64] {
      versions.filter { $0.row <= maxRow && $0.end > maxRow }.map(\.row)
    }
  }

  /// Every answer is that of a prefix of the writes: one published between the search's begin and end, whole calls, or
  /// exactly the rows asked for. RECALLBENCH_SECONDS makes it longer: for ThreadSanitizer.
  // parity: S5.3
  @Test(arguments: zip(MemTableConfiguration.Overflow.allCases, MemTableFixture.BaseKind.allCases))
  func everyAnswerIsThatOfAPrefixOfTheWrites(
    overflow: MemTableConfiguration.Overflow, base: MemTableFixture.BaseKind
  ) throws {
    let seconds = ProcessInfo.processInfo.environment["RECALLBENCH_SECONDS"].flatMap(Double.init) ?? 0
    let start = DispatchTime.now().uptimeNanoseconds
    var round: UInt64 = 0
    repeat {
      try checkOneHistory(overflow, base, seed: round)
      round += 1
    } while Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9 < seconds
  }

  func checkOneHistory(
    _ overflow: MemTableConfiguration.Overflow, _ base: MemTableFixture.BaseKind, seed: UInt64
  ) throws {
    let readers = 8
    let fixture = MemTableFixture(dimension: 4, nlist: 4, build: ["m": "2"])
    var writer = try fixture.makeWriter(
      over: base,
      MemTableConfiguration(overflow: overflow, capacityFactor: 1, maxRows: 90, freezeRows: 60, mostFrozen: 3))
    let history = History(360, seed: seed)
    let pool = fixture.vectors(64, .duplicateHeavy, seed: 5)
    let (shared, parameters) = (writer.shared, try fixture.parameters())
    let isDone = Atomic<Bool>(false)
    let seen = ReaderResults<Seen>()
    let group = DispatchGroup()
    for reader in 0..<readers {
      let thread = Thread {
        var generator = SeededGenerator(seed: seed * 100 + UInt64(reader))
        let scratch = shared.makeScratch()
        var answer = TopK(k: 200)
        var own: [Seen] = []
        var isLast = false
        while !isLast {
          isLast = isDone.load(ordering: .acquiring)
          let before = shared.nextRow
          let asked: UInt64? =
            reader % 2 == 0 || before == 0 ? nil : UInt64(generator.next(below: Int(before)))
          do {
            try shared.search(
              pool[row: generator.next(below: 64)], k: 200, parameters: parameters, maxRow: asked, scratch: scratch,
              into: &answer)
            own.append(
              Seen(
                before: before, after: shared.nextRow, maxRow: asked, rows: answer.neighbors.map(\.sequence).sorted()))
          } catch {
            // Rows before a flush are refused, and nothing else.
            if asked == nil { seen.fail("\(error)") }
          }
        }
        seen.add(own)
        group.leave()
      }
      group.enter()
      thread.start()
    }
    for (number, write) in history.writes.enumerated() {
      switch write {
      case .insert(let ids):
        try writer.insert(ids: ids, vectors: pool.gathering(ids.map { Int($0) % 64 }))
      case .remove(let id): try writer.remove(id: id)
      case .freeze: try writer.freeze()
      case .flush: try writer.flush()
      }
      // Lets readers in between, on few cores too.
      if number % 8 == 0 { usleep(200) }
    }
    isDone.store(true, ordering: .releasing)
    group.wait()
    let (all, failures) = seen.take()
    #expect(failures.isEmpty, "\(failures.first ?? "")")
    #expect(all.count >= readers)
    for one in all {
      guard !explains(one, history) else { continue }
      Issue.record(
        "rows \(one.rows) between \(one.before) and \(one.after), asked for \(String(describing: one.maxRow))")
      return
    }
  }

  private func explains(_ seen: Seen, _ history: History) -> Bool {
    if let maxRow = seen.maxRow { return history.rows(upTo: maxRow) == seen.rows }
    return (seen.before...seen.after).contains { history.states[$0] == seen.rows }
  }
}
