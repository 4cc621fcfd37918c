import Foundation
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct WriteAheadLogInspectingTests {
  private let folder: TemporaryFolder
  private var log: String { folder.path + "/writes.log" }

  init() throws { folder = try TemporaryFolder() }

  private func inspect() throws -> IndexInspection { try IndexCatalog.standard.inspect(file: log) }

  /// 20 vectors, 5 of which come again, and the removal of two ids and of none.
  private func fill() throws {
    let fixture = MemTableFixture()
    var writer = try LoggedMemTableWriter.open(over: fixture.makeBase(), log: log, sync: .never)
    try writer.insert(ids: Array(0..<20), vectors: fixture.vectors(20, seed: 1))
    try writer.insert(ids: Array(0..<5), vectors: fixture.vectors(5, seed: 2))
    for id in [UInt64(3), 19] { try writer.remove(id: id) }
    try writer.insert(ids: [3], vectors: fixture.vectors(1, seed: 3))
    #expect(throws: IndexError.own(WriteAheadLogError.inUse(path: log))) { try inspect() }
    // The writer is there until now.
    #expect(writer.logBytes > 0)
  }

  @Test func tellsWhatTheRecordsComeTo() throws {
    try fill()
    let inspection = try inspect()
    #expect(inspection.kind == "memtable" && inspection.dimension == 8 && inspection.metric == nil)
    #expect(inspection.formatVersion == Int(WriteAheadLog.version))
    #expect(inspection.count == 19 && inspection.removed == 7)
    let bytes = try Data(contentsOf: URL(filePath: log)).count
    #expect(inspection.diskBytes == bytes && inspection.freeBytes == nil && inspection.clusters == nil)
    #expect(
      inspection.figures == [
        "records": 5, "rows": 28, "removals": 1, "lost_rows": 0, "unfinished_bytes": 0,
      ])
    #expect(throws: IndexError.nothingToCompact(path: log)) { try IndexCatalog.standard.compact(file: log) }
  }

  @Test func tellsWhatACrashHasLeftAndLeavesIt() throws {
    try fill()
    var bytes = try Data(contentsOf: URL(filePath: log))
    bytes.removeLast(10)
    try bytes.write(to: URL(filePath: log))
    let inspection = try inspect()
    #expect(inspection.figures["records"] == 4 && inspection.count == 18)
    #expect(inspection.figures["unfinished_bytes"]! > 10)
    #expect(try Data(contentsOf: URL(filePath: log)) == bytes)
  }

  @Test func damageAndOtherVersionsAreRefused() throws {
    try fill()
    let whole = try Data(contentsOf: URL(filePath: log))
    var bytes = whole
    bytes[WriteAheadLog.headerBytes + 20] ^= 1
    try bytes.write(to: URL(filePath: log))
    let error = #expect(throws: IndexError.self) { try inspect() }
    #expect(error.map { "\($0)" }?.contains("record 1 is damaged at byte \(WriteAheadLog.headerBytes)") == true)
    bytes = whole
    bytes[7] += 1
    try bytes.write(to: URL(filePath: log))
    #expect(throws: IndexError.own(WriteAheadLogError.notALog(path: log))) { try inspect() }
  }
}
