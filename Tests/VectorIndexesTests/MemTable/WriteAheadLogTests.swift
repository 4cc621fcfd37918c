import Foundation
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct WriteAheadLogTests {
  let fixture = MemTableFixture()

  /// Fills a log with writes of every kind; returns what is stored then.
  func fill(_ path: String, sync: WriteAheadLog.Sync = .never) throws -> [Neighbor] {
    var writer = try LoggedMemTableWriter.open(over: fixture.makeBase(), log: path, sync: sync)
    let vectors = fixture.vectors(40, seed: 1)
    let metadata: [Metadata] = [
      ["i": .integer(-5), "r": .real(2.5)], ["t": .text("größer"), "b": .boolean(true)], [:], ["e": .text("")],
    ]
    try writer.insert(ids: (0..<30).map(UInt64.init), vectors: vectors[rows: 0..<30])
    try writer.remove(id: 3)
    #expect(throws: MemTableError.refused(.duplicateID(5))) {
      try writer.insert(ids: [5], vectors: vectors[rows: 0..<1], onConflict: .fail)
    }
    try writer.insert(ids: [3, 4, 50, 51], vectors: vectors[rows: 30..<34], metadata: metadata)
    try writer.insert(ids: [], vectors: Matrix([]))
    let missing = try writer.remove(id: 999)
    #expect(!missing)
    return try contents(of: writer.shared)
  }

  func contents(of set: MemTableSet) throws -> [Neighbor] {
    try fixture.find(fixture.vectors(1, seed: 9).array(0), k: 100, in: set)
  }

  @Test(arguments: [WriteAheadLog.Sync.always, .interval(.milliseconds(1)), .interval(.seconds(100)), .never])
  func doesAgainWhatItHolds(sync: WriteAheadLog.Sync) throws {
    let folder = try TemporaryFolder()
    let before = try fill(folder.log, sync: sync)
    var writer = try LoggedMemTableWriter.open(over: fixture.makeBase(), log: folder.log, sync: sync)
    #expect(try contents(of: writer.shared) == before)
    #expect(writer.shared.nextRow == 35)
    let filters: [(Filter, [UInt64])] = [
      (.equal("i", .integer(-5)), [3]), (.equal("r", .real(2.5)), [3]), (.equal("t", .text("größer")), [4]),
      (.equal("b", .boolean(true)), [4]), (.equal("e", .text("")), [51]),
    ]
    for (filter, ids) in filters {
      let found = try fixture.find(fixture.vectors(1, seed: 9).array(0), k: 9, in: writer.shared, filter: filter)
      #expect(found.map(\.id) == ids)
    }
    // A second time there is nothing left to do.
    let again = try writer.replay()
    #expect(again == 0)
    #expect(try contents(of: writer.shared) == before)
    // It goes on where it ended.
    try writer.insert(ids: [77], vectors: fixture.vectors(1, seed: 3))
    let after = try contents(of: writer.shared)
    _ = consume writer
    let third = try LoggedMemTableWriter.open(over: fixture.makeBase(), log: folder.log, sync: sync)
    #expect(try contents(of: third.shared) == after)
    #expect(after.count == before.count + 1)
  }

  /// Rows that the base has already are not counted again, nor records that stand in the file twice.
  @Test func countsARowOnce() throws {
    let folder = try TemporaryFolder()
    let before = try fill(folder.log)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.log))
    try (bytes + bytes.dropFirst(16)).write(to: URL(fileURLWithPath: folder.log))
    let base = try fixture.makeBase()
    do {
      var writer = try LoggedMemTableWriter.open(over: base, log: folder.log, sync: .never)
      #expect(writer.shared.nextRow == 35)
      writer.freeze()
      try writer.flush()
    }
    let writer = try LoggedMemTableWriter.open(over: base, log: folder.log, sync: .never)
    #expect(try contents(of: writer.shared) == before)
    #expect(writer.shared.nextRow == 35)
  }

  /// Whatever is left of the last record, what was before it is there, and new records follow that.
  @Test func cutsATornTail() throws {
    let folder = try TemporaryFolder()
    let url = URL(fileURLWithPath: folder.log)
    _ = try fill(folder.log)
    let whole = try Data(contentsOf: url)
    var ends: [Int] = [16]
    while ends.last! < whole.count {
      let length = whole.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: ends.last!, as: UInt32.self) }
      ends.append(ends.last! + 8 + Int(length))
    }
    #expect(ends.count == 4)
    let rows: [UInt64] = [0, 30, 31, 35]
    let base = try fixture.makeBase()
    for cut in 0..<whole.count where cut < 60 || cut > whole.count - 60 || ends.contains(where: { abs($0 - cut) < 12 })
    {
      try whole.prefix(cut).write(to: url)
      let complete = ends.lastIndex { $0 <= cut } ?? 0
      do {
        let writer = try LoggedMemTableWriter.open(over: base, log: folder.log, sync: .never)
        #expect(writer.shared.nextRow == rows[complete], "cut at \(cut)")
        #expect(try Data(contentsOf: url).count == ends[complete])
      }
    }
    // A byte that was written wrong ends the log before its record.
    for byte in [ends[1] + 1, ends[1] + 5, ends[1] + 10, ends[2] - 1] {
      var wrong = whole
      wrong[byte] ^= 16
      try wrong.write(to: url)
      var writer = try LoggedMemTableWriter.open(over: base, log: folder.log, sync: .never)
      #expect(writer.shared.nextRow == 30, "byte \(byte)")
      try writer.insert(ids: [500], vectors: fixture.vectors(1, seed: 3))
      _ = consume writer
      let next = try LoggedMemTableWriter.open(over: base, log: folder.log, sync: .never)
      #expect(next.shared.nextRow == 31)
    }
  }

  @Test func refusesWhatItCannotUse() throws {
    let folder = try TemporaryFolder()
    let base = try fixture.makeBase()
    func refuses(_ expected: WriteAheadLogError, _ path: String, _ base: IVFPQIndex) {
      let error = #expect(throws: MemTableError.self) {
        _ = try LoggedMemTableWriter.open(over: base, log: path, sync: .never)
      }
      #expect(error == .log(expected))
      #expect(error.map { !"\($0)".contains("\n") && "\($0)".hasPrefix(path) } == true)
    }
    refuses(.system(path: "/nowhere/log", action: "open the log", code: ENOENT), "/nowhere/log", base)
    do {
      let writer = try LoggedMemTableWriter.open(over: base, log: folder.log, sync: .never)
      refuses(.inUse(path: folder.log), folder.log, base)
      #expect(writer.shared.count == 0)
    }
    let other = try MemTableFixture(dimension: 12).makeBase()
    refuses(.dimensionMismatch(path: folder.log, expected: 12, got: 8), folder.log, other)
    try Data("something else entirely".utf8).write(to: URL(fileURLWithPath: folder.log))
    refuses(.notALog(path: folder.log), folder.log, base)
    try Data("short".utf8).write(to: URL(fileURLWithPath: folder.log))
    refuses(.notALog(path: folder.log), folder.log, base)
  }

  /// A log that begins after its base's end would leave out rows unseen.
  @Test func refusesAGapBetweenBaseAndLog() throws {
    let folder = try TemporaryFolder()
    let base = try fixture.makeBase()
    try base.insert(id: 1, vector: fixture.vectors(1, seed: 1).array(0))
    do {
      var writer = try LoggedMemTableWriter.open(over: base, log: folder.log, sync: .never)
      try writer.insert(ids: [2], vectors: fixture.vectors(1, seed: 2))
    }
    let error = #expect(throws: MemTableError.self) {
      _ = try LoggedMemTableWriter.open(over: fixture.makeBase(), log: folder.log, sync: .never)
    }
    #expect(error == .log(.missingRows(path: folder.log, rows: 0..<1)))
  }

  /// A write that the disk has no room for is refused, leaves no trace, and the next that fits is stored.
  @Test func refusesAWriteWithoutRoom() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      let fixture = MemTableFixture()
      signal(SIGXFSZ, SIG_IGN)
      let base = try fixture.makeBase()
      var writer = try LoggedMemTableWriter.open(over: base, log: folder.log, sync: .never)
      try writer.insert(ids: [1], vectors: fixture.vectors(1, seed: 1))
      var limit = rlimit(rlim_cur: 400, rlim_max: rlim_t.max)
      getrlimit(.init(1), &limit)
      limit.rlim_cur = 400
      setrlimit(.init(1), &limit)
      let error = #expect(throws: MemTableError.self) {
        try writer.insert(ids: (10..<40).map(UInt64.init), vectors: fixture.vectors(30, seed: 2))
      }
      #expect(error == .log(.system(path: folder.log, action: "write to the log", code: EFBIG)))
      #expect(writer.shared.count == 1)
      try writer.insert(ids: [2], vectors: fixture.vectors(1, seed: 3))
      _ = consume writer
      let again = try LoggedMemTableWriter.open(over: fixture.makeBase(), log: folder.log, sync: .never)
      #expect(again.shared.nextRow == 2)
    }
  }
}

extension TemporaryFolder {
  /// Where tests keep a log.
  var log: String { path + "/log" }
}
