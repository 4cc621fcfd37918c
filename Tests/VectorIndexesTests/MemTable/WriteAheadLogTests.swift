import Foundation
import OrderedStore
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct WriteAheadLogTests {
  let fixture = MemTableFixture()

  /// What the log says of the fixture's base, or of one of another dimension.
  private func loggedBase(dimension: Int) throws -> LoggedBase {
    LoggedBase(dimension: dimension, identity: LoggedBase(try fixture.makeBase()).identity)
  }

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
    try (bytes + bytes.dropFirst(WriteAheadLog.headerBytes)).write(to: URL(fileURLWithPath: folder.log))
    let base = try fixture.makeBase()
    do {
      var writer = try LoggedMemTableWriter.open(over: base, log: folder.log, sync: .never)
      #expect(writer.shared.nextRow == 35)
      try writer.freeze()
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
    let (whole, ends) = try threeRecords(folder)
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
    // Behind the last record there may be zeros, which the system has laid out for what was never written.
    for zeros in [1, 8, 4096, 100_000] {
      try (whole + Data(count: zeros)).write(to: url)
      var writer = try LoggedMemTableWriter.open(over: base, log: folder.log, sync: .never)
      #expect(writer.shared.nextRow == 35 && writer.logBytes == whole.count, "\(zeros) zeros")
      try writer.insert(ids: [500], vectors: fixture.vectors(1, seed: 3))
      _ = consume writer
      let next = try LoggedMemTableWriter.open(over: base, log: folder.log, sync: .never)
      #expect(next.shared.nextRow == 36)
    }
  }

  /// Bytes of three records: 30 vectors, the removal of id 3, and 4 vectors with metadata; and where they end.
  func threeRecords(_ folder: TemporaryFolder) throws -> (bytes: Data, ends: [Int]) {
    _ = try fill(folder.log)
    let whole = try Data(contentsOf: URL(fileURLWithPath: folder.log))
    var ends: [Int] = [WriteAheadLog.headerBytes]
    while ends.last! < whole.count {
      let length = whole.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: ends.last!, as: UInt32.self) }
      ends.append(ends.last! + 8 + Int(length))
    }
    #expect(ends.count == 4)
    return (whole, ends)
  }

  /// A record behind a damaged one was acknowledged: opening refuses, and says where, which record, and what to call.
  @Test func refusesDamageThatARecordFollows() throws {
    let folder = try TemporaryFolder()
    let (whole, ends) = try threeRecords(folder)
    let base = try fixture.makeBase()
    // In the length, the check, the payload, and its last byte.
    for byte in [ends[1] + 1, ends[1] + 3, ends[1] + 5, ends[1] + 10, ends[2] - 1] {
      var wrong = whole
      wrong[byte] ^= 16
      try wrong.write(to: URL(fileURLWithPath: folder.log))
      let error = #expect(throws: MemTableError.self, "byte \(byte)") {
        _ = try LoggedMemTableWriter.open(over: base, log: folder.log, sync: .always)
      }
      #expect(error == .log(.damaged(path: folder.log, record: 2, offset: ends[1], next: ends[2])), "byte \(byte)")
      let text = error.map { "\($0)" } ?? ""
      #expect(text.hasPrefix(folder.log) && text.contains("record 2 ") && text.contains("byte \(ends[1]),"))
      #expect(text.contains("WriteAheadLog.salvage") && !text.contains("\n"))
      #expect(try Data(contentsOf: URL(fileURLWithPath: folder.log)) == wrong, "nothing is cut off")
    }
    var wrong = whole
    wrong[9] ^= 1
    try wrong.write(to: URL(fileURLWithPath: folder.log))
    #expect(
      throws: MemTableError.log(.damaged(path: folder.log, record: 0, offset: 0, next: WriteAheadLog.headerBytes))
    ) {
      _ = try LoggedMemTableWriter.open(over: base, log: folder.log, sync: .never)
    }
    // Of the last record nobody can tell whether it was damaged or never written whole.
    wrong = whole
    wrong[ends[2] + 30] ^= 1
    try wrong.write(to: URL(fileURLWithPath: folder.log))
    let writer = try LoggedMemTableWriter.open(over: base, log: folder.log, sync: .never)
    #expect(writer.shared.nextRow == 31)
  }

  /// A salvaged log has every whole record; rows keep their numbers, and the base goes on behind those that are lost.
  @Test func aSalvageKeepsWhatIsWholeAndTellsWhatIsNot() throws {
    let folder = try TemporaryFolder()
    let (whole, ends) = try threeRecords(folder)
    let url = URL(fileURLWithPath: folder.log)
    var wrong = whole
    // The removal of id 3 is lost: nothing else is, and a later removal of an id that was lost is none.
    wrong[ends[1] + 9] ^= 255
    try wrong.write(to: url)
    var report = try WriteAheadLog.salvage(folder.log, over: loggedBase(dimension: 8))
    #expect(report.keptRecords == 2)
    #expect(report.damages == [.init(bytes: ends[1]..<ends[2], recordsBefore: 1, rows: 30..<31)])
    #expect(report.originalPath == folder.log + ".damaged")
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.log + ".damaged")) == wrong)
    do {
      var writer = try LoggedMemTableWriter.open(over: fixture.makeBase(), log: folder.log, sync: .never)
      #expect(writer.shared.nextRow == 35)
      #expect(try contents(of: writer.shared).first { $0.id == 51 }?.sequence == 34)
      try writer.insert(ids: [600], vectors: fixture.vectors(1, seed: 3))
      #expect(writer.shared.nextRow == 36)
    }
    // A second salvage has nothing to do; one that would overwrite what the first has kept is refused.
    report = try WriteAheadLog.salvage(folder.log, over: loggedBase(dimension: 8))
    #expect(report == SalvagedLog(keptRecords: 4, damages: [], originalPath: nil))
    try wrong.write(to: url)
    #expect(throws: WriteAheadLogError.self) { try WriteAheadLog.salvage(folder.log, over: loggedBase(dimension: 8)) }
    #expect(try Data(contentsOf: url) == wrong)
    #expect(folder.contents == ["log", "log.damaged"])
    try FileManager.default.removeItem(atPath: folder.log + ".damaged")

    // The first record is lost: rows 0 to 29, among them id 3, whose removal is then of nothing.
    wrong = whole
    wrong[30] ^= 1
    try wrong.write(to: url)
    report = try WriteAheadLog.salvage(folder.log, over: loggedBase(dimension: 8))
    #expect(report.damages.map(\.rows) == [0..<30])
    let base = try fixture.makeBase(in: MemoryStore())
    do {
      var writer = try LoggedMemTableWriter.open(over: base, log: folder.log, sync: .never)
      #expect(try contents(of: writer.shared).map(\.id).sorted() == [3, 4, 50, 51])
      #expect(writer.shared.nextRow == 35)
      try writer.freeze()
      try writer.flush()
    }
    #expect(base.count == 4 && base.nextRow == 35)
    #expect(try base.checkInvariants().isEmpty)
    try FileManager.default.removeItem(atPath: folder.log + ".damaged")

    // Behind the last whole record nobody knows how many rows there were.
    try whole.prefix(ends[3] - 1).write(to: url)
    report = try WriteAheadLog.salvage(folder.log, over: loggedBase(dimension: 8))
    #expect(report.damages == [.init(bytes: ends[2]..<ends[3] - 1, recordsBefore: 2, rows: nil)])
  }

  /// Rows for which no damage accounts are not bridged: the log may belong to another base.
  @Test func aSalvageBridgesNoMoreThanWasDamaged() throws {
    let folder = try TemporaryFolder()
    let (whole, ends) = try threeRecords(folder)
    // Of 30 rows only a few bytes are left.
    let wrong = whole.prefix(60) + whole[ends[1]...]
    try wrong.write(to: URL(fileURLWithPath: folder.log))
    let report = try WriteAheadLog.salvage(folder.log, over: loggedBase(dimension: 8))
    #expect(report.damages.map(\.rows) == [29..<30])
    #expect(throws: MemTableError.log(.missingRows(path: folder.log, rows: 0..<29))) {
      _ = try LoggedMemTableWriter.open(over: fixture.makeBase(), log: folder.log, sync: .never)
    }
  }

  @Test func salvagesNothingOfWhatIsNoLog() throws {
    let folder = try TemporaryFolder()
    try Data(repeating: 1, count: 3_000_000).write(to: URL(fileURLWithPath: folder.log))
    #expect(throws: WriteAheadLogError.notALog(path: folder.log)) {
      try WriteAheadLog.salvage(folder.log, over: loggedBase(dimension: 8))
    }
    #expect(folder.contents == ["log"])
    let other = try TemporaryFolder()
    _ = try threeRecords(other)
    #expect(throws: WriteAheadLogError.dimensionMismatch(path: other.log, expected: 12, got: 8)) {
      try WriteAheadLog.salvage(other.log, over: loggedBase(dimension: 12))
    }
  }

  /// Damage in which every byte looks like the beginning of a long record is looked through in one pass.
  @Test func looksThroughDamageThatLooksLikeRecords() throws {
    let folder = try TemporaryFolder()
    let (whole, ends) = try threeRecords(folder)
    // Again and again: a length of 30 000 bytes, a check, kind 1, a row, one vector, and room for its metadata.
    var head: [UInt8] = []
    for number in [30_000, 77] as [UInt32] { head.append(littleEndian: number) }
    head.append(1)
    head.append(littleEndian: UInt64(5))
    head.append(littleEndian: UInt32(1))
    let damage = Data((0..<2000).flatMap { _ in head + [0, 0, 0] })
    try (whole.prefix(ends[1]) + damage + whole[ends[1]...]).write(to: URL(fileURLWithPath: folder.log))
    let expected = WriteAheadLogError.damaged(
      path: folder.log, record: 2, offset: ends[1], next: ends[1] + damage.count)
    #expect(throws: expected) { _ = try WriteAheadLog.open(folder.log, over: loggedBase(dimension: 8), sync: .never) }
  }

  /// A record whose length has no room in its frame is refused before anything of it is made or written.
  @Test func refusesABatchThatNoRecordCanHold() throws {
    let folder = try TemporaryFolder()
    let dimension = 1 << 20
    var log = try WriteAheadLog.open(folder.log, over: loggedBase(dimension: dimension), sync: .never)
    // Its memory is never touched.
    let vectors = Matrix(rows: 1024, columns: dimension) { _ in }
    let batch = LogRecord(firstRow: 0, write: .insert(ids: Array(0..<1024), vectors: vectors, metadata: []))
    let bytes = 13 + 1024 * (8 + 4 * dimension)
    #expect(throws: WriteAheadLogError.recordTooLarge(path: folder.log, bytes: bytes, most: Int(UInt32.max))) {
      try log.append(batch)
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.log)).count == WriteAheadLog.headerBytes)
    try log.append(LogRecord(firstRow: 0, write: .remove(id: 1)))
    #expect(log.byteCount == WriteAheadLog.headerBytes + 8 + 17)
    let text = "\(WriteAheadLogError.recordTooLarge(path: "log", bytes: bytes, most: Int(UInt32.max)))"
    #expect(text.contains("smaller batches") && !text.contains("\n"))
  }

  @Test func theBytesOfARecordAreCountedBeforeTheyAreMade() {
    let vectors = fixture.vectors(3, seed: 1)
    let metadata: [Metadata] = [
      ["i": .integer(-5), "r": .real(2.5)], ["t": .text("größer"), "größe": .boolean(true)], [:],
    ]
    for write in [
      LogRecord.Write.remove(id: 7), .lost(rows: 9), .insert(ids: [1, 2, 3], vectors: vectors, metadata: []),
      .insert(ids: [1, 2, 3], vectors: vectors, metadata: metadata),
    ] {
      var bytes: [UInt8] = []
      let record = LogRecord(firstRow: 5, write: write)
      record.encode(into: &bytes)
      #expect(record.byteCount == bytes.count)
      #expect(LogRecord(decoding: bytes, dimension: 8)?.rows == record.rows)
      // Metadata of fewer vectors than there are, or rows that the sequence has no numbers for.
      if case .insert(_, _, let metadata) = write, !metadata.isEmpty {
        #expect(LogRecord(decoding: bytes.dropLast(4), dimension: 8) == nil)
      }
      bytes.replaceSubrange(1..<9, with: repeatElement(255, count: 8))
      #expect(LogRecord(decoding: bytes, dimension: 8) == nil)
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

  /// Over another base rows would pass for known, or stand in the wrong index.
  @Test func refusesTheLogOfAnotherBase() throws {
    let folder = try TemporaryFolder()
    let base = try fixture.makeBase(at: folder.path + "/base")
    do {
      var writer = try LoggedMemTableWriter.open(over: base, log: folder.log, sync: .never)
      try writer.insert(ids: [1, 2], vectors: fixture.vectors(2, seed: 1))
    }
    let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.log))
    // Of the same configuration and seed, with as many rows and with none.
    let twin = try fixture.makeBase(at: folder.path + "/twin")
    try twin.insertBatch(
      ids: [1, 2], vectors: fixture.vectors(2, seed: 2), metadata: [], onConflict: .fail, threads: 1)
    try twin.commit()
    let inMemory = try fixture.makeBase()
    for other in [twin, try fixture.makeBase(at: folder.path + "/empty"), inMemory] as [IVFPQIndex] {
      #expect(throws: MemTableError.log(.otherBase(path: folder.log))) {
        _ = try LoggedMemTableWriter.open(over: other, log: folder.log, sync: .never)
      }
      #expect(throws: WriteAheadLogError.otherBase(path: folder.log)) {
        try WriteAheadLog.salvage(folder.log, over: other)
      }
    }
    let text = "\(WriteAheadLogError.otherBase(path: "log"))"
    #expect(text.hasPrefix("log: ") && text.contains("open it over the index that it was begun with"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.log)) == bytes)
    // Its own it is still when it is compacted.
    let compacted = folder.path + "/compacted"
    try base.compact(into: compacted)
    #expect(try LoggedBase(base) == LoggedBase(PersistentIVFPQIndex.open(readOnly: compacted)))
    let writer = try LoggedMemTableWriter.open(over: base, log: folder.log, sync: .never)
    #expect(writer.shared.count == 2)
  }

  /// Of a base in memory, which each process makes again, metric and seed have to be the same.
  @Test func aBaseInMemoryIsKnownByMetricAndSeed() throws {
    func identity(_ metric: Metric, seed: UInt64, nlist: String) throws -> UInt64 {
      let parameters = try Parameters(
        ["nlist": nlist, "m": "4"], declared: IVFPQIndex.declaration.build, kind: "ivf-pq")
      return LoggedBase(try IVFPQIndex(dimension: 8, metric: metric, parameters: parameters, seed: seed)).identity
    }
    let first = try identity(.euclidean, seed: 3, nlist: "4")
    #expect(try identity(.euclidean, seed: 3, nlist: "8") == first)
    #expect(try identity(.euclidean, seed: 4, nlist: "4") != first && identity(.dot, seed: 3, nlist: "4") != first)
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
