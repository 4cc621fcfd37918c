import Foundation
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct LoggedMemTableWriterTests {
  let fixture = MemTableFixture()

  /// What a writer over a base in a file, and its log, need.
  struct Files {
    let folder: TemporaryFolder
    var base: String { folder.path + "/base" }
    var log: String { folder.log }

    init() throws { folder = try TemporaryFolder() }

    var logBytes: Data {
      get throws { try Data(contentsOf: URL(fileURLWithPath: log)) }
    }
  }

  func open(
    _ files: Files, _ configuration: MemTableConfiguration = MemTableConfiguration(maxRows: 20, mostFrozen: 1)
  ) throws -> LoggedMemTableWriter {
    try .open(over: fixture.makeBase(at: files.base), configuration: configuration, log: files.log, sync: .never)
  }

  func contents(of set: MemTableSet) throws -> [Neighbor] {
    try fixture.find(fixture.vectors(1, seed: 9).array(0), k: 300, in: set)
  }

  /// Inserts, replacements and removals, whose flushes end within a batch.
  func fill(_ writer: inout LoggedMemTableWriter) throws {
    let vectors = fixture.vectors(160, seed: 1)
    for (number, first) in [0, 30, 17, 60, 40].enumerated() {
      let rows = number * 30..<number * 30 + 30
      try writer.insert(
        ids: (first..<first + 30).map(UInt64.init), vectors: vectors[rows: rows],
        metadata: rows.map { $0 % 3 == 0 ? ["row": .integer(Int64($0))] : [:] })
      try writer.remove(id: UInt64(first + 3))
      // Its newest version is in a frozen memtable, or in the base: a flush must not take it twice.
      try writer.insert(ids: [UInt64(first + 3)], vectors: vectors[rows: 150 + number..<151 + number])
      try writer.remove(id: UInt64(first + 4))
    }
  }

  /// When the base has committed a flush, the log has only what it lacks, and both together have every row once.
  @Test func aFlushCutsTheLog() throws {
    let files = try Files()
    var before: [Neighbor] = []
    do {
      var writer = try open(files)
      let empty = writer.logBytes
      try fill(&writer)
      #expect(writer.flushFailure == nil)
      before = try contents(of: writer.shared)
      #expect(writer.logBytes < 4000, "all 165 rows take more than twice as much")
      try writer.freeze()
      try writer.flush()
      #expect(writer.logBytes == empty)
      #expect(try contents(of: writer.shared) == before)
    }
    var writer = try open(files)
    #expect(try contents(of: writer.shared) == before)
    #expect(writer.shared.nextRow == 165)
    try writer.insert(ids: [500], vectors: fixture.vectors(1, seed: 3))
    _ = consume writer
    let last = try open(files)
    #expect(try contents(of: last.shared).count == before.count + 1)
  }

  /// A crash between a flush and the cut leaves a log with rows that the base has: each counts once.
  @Test func aCrashBetweenFlushAndCutCountsEveryRowOnce() throws {
    let files = try Files()
    // What a log that is never cut would be.
    let whole = try Files()
    var writer = try LoggedMemTableWriter.open(
      over: fixture.makeBase(), configuration: MemTableConfiguration(maxRows: 20, mostFrozen: 1), log: whole.log,
      sync: .never)
    try fill(&writer)
    let expected = try contents(of: writer.shared)
    _ = consume writer
    do {
      var writer = try open(files)
      try fill(&writer)
      #expect(try contents(of: writer.shared) == expected)
    }
    let base = try fixture.makeBase(at: files.base)
    // The base ends within a batch, among rows of which later ones have replaced some.
    #expect(base.nextRow % 33 != 0 && base.nextRow > 60 && base.nextRow < 165)
    let uncut =
      try Data(WriteAheadLog.makeHeader(LoggedBase(base))) + whole.logBytes.dropFirst(WriteAheadLog.headerBytes)
    for round in 0..<2 {
      try uncut.write(to: URL(fileURLWithPath: files.log))
      let writer = try LoggedMemTableWriter.open(
        over: base, configuration: MemTableConfiguration(), log: files.log, sync: .never)
      #expect(try contents(of: writer.shared) == expected, "round \(round)")
      #expect(writer.shared.count == expected.count && writer.shared.nextRow == 165)
      for row in [102, 120, 147] {
        let filter = Filter.equal("row", .integer(Int64(row)))
        let found = try fixture.find(fixture.vectors(1, seed: 9).array(0), k: 300, in: writer.shared, filter: filter)
        #expect(found.count == 1, "the metadata of row \(row)")
      }
      #expect(writer.logBytes < uncut.count, "opening ends what the crash has left undone")
    }
  }

  /// A log that can't be cut costs no write: it stays longer.
  @Test func aCutThatFailsLosesNothing() throws {
    let files = try Files()
    var before: [Neighbor] = []
    do {
      var writer = try open(files)
      // Where the new log would be made there is something that can't be removed.
      try FileManager.default.createDirectory(atPath: files.log + ".new/x", withIntermediateDirectories: true)
      try fill(&writer)
      #expect(writer.flushFailure.map { "\($0)".hasPrefix(files.log) } == true)
      before = try contents(of: writer.shared)
      try FileManager.default.removeItem(atPath: files.log + ".new")
      try writer.freeze()
      try writer.flush()
      #expect(writer.flushFailure == nil)
      try writer.insert(ids: [500], vectors: fixture.vectors(1, seed: 3))
    }
    let writer = try open(files)
    #expect(try contents(of: writer.shared).count == before.count + 1)
  }
}
