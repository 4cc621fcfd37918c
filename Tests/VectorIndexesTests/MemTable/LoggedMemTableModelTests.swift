import Foundation
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct LoggedMemTableModelTests {
  /// 3 000 random operations over either base, or 50 000 with RECALLBENCH_LONG=1: writes, freezes, flushes, some of
  /// memtables that hold only removals, and writers that end without a flush and are opened again.
  @Test(arguments: MemTableFixture.BaseKind.allCases)
  func whatIsOpenedAgainIsWhatWasWritten(kind: MemTableFixture.BaseKind) throws {
    let operations = ProcessInfo.processInfo.environment["RECALLBENCH_LONG"] == "1" ? 50_000 : 3000
    let folder = try TemporaryFolder()
    let fixture = MemTableFixture(dimension: 4, nlist: 4, build: ["m": "2"])
    let configuration = MemTableConfiguration(maxRows: 40, mostFrozen: 2)
    func open() throws -> LoggedMemTableWriter {
      // A base in memory is gone with its process, and the log has all rows; one in a file is where it was.
      switch kind {
      case .memory:
        try .open(over: fixture.makeBase(), configuration: configuration, log: folder.log, sync: .never)
      case .store:
        try .open(
          over: fixture.makeBase(at: folder.path + "/base"), configuration: configuration, log: folder.log,
          sync: .never)
      }
    }
    var model = MemTableModelTests.Model()
    var generator = SeededGenerator(seed: kind == .memory ? 21 : 22)
    let pool = fixture.vectors(200, .duplicateHeavy, seed: 5)
    func anyID() -> UInt64 { UInt64(generator.next(below: 50)) }
    var done = 0
    var reopened = 0
    while done < operations {
      // One writer at a time has the log.
      var writer = try open()
      reopened += 1
      let query = pool.array(generator.next(below: 200))
      let expected = model.find(query, k: 100, maxRow: nil, filter: nil)
      guard try fixture.find(query, k: 100, in: writer.shared) == expected,
        writer.shared.nextRow == model.nextRow, writer.shared.count == model.newest.count
      else {
        Issue.record("after \(done) operations, at row \(model.nextRow)")
        return
      }
      for _ in 0..<1 + generator.next(below: 120) {
        done += 1
        switch generator.next(below: 20) {
        case 0..<8:
          let ids = (0..<1 + generator.next(below: 5)).map { _ in anyID() }
          let rows = ids.map { _ in generator.next(below: 200) }
          try writer.insert(ids: ids, vectors: pool.gathering(rows))
          for (id, row) in zip(ids, rows) { model.insert(id, pool.array(row), [:]) }
        case 8..<17:
          let id = anyID()
          let isThere = try writer.remove(id: id)
          #expect(isThere == model.remove(id), "operation \(done)")
        case 17: try writer.freeze()
        default:
          try writer.freeze()
          try writer.flush()
          let id = anyID()
          let isThere = try writer.remove(id: id)
          #expect(isThere == model.remove(id), "operation \(done)")
          if generator.next(below: 2) == 0 {
            try writer.freeze()
            try writer.flush()
          }
        }
      }
    }
    #expect(reopened > 20)
  }
}
