import Foundation
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct LoggedWriterCrashTests {
  /// `RECALLBENCH_KILL_ROUNDS=200` for the full count.
  private static let rounds = ProcessInfo.processInfo.environment["RECALLBENCH_KILL_ROUNDS"].flatMap(Int.init) ?? 10

  /// Every write that was acknowledged is there after the process is killed, and of the next one all or nothing.
  @Test(arguments: [false, true])
  func aKilledWriterLosesNothingAcknowledged(isBaseInFile: Bool) async throws {
    let folder = try TemporaryFolder()
    let baseFile = isBaseInFile ? folder.path + "/base" : ""
    let (log, acknowledged) = (folder.log, folder.path + "/acknowledged")
    var generator = SeededGenerator(seed: UInt64(DispatchTime.now().uptimeNanoseconds))
    let fixture = KilledHistory.fixture
    for round in 0..<Self.rounds {
      let delay = UInt32(generator.next(below: 40_000))
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [
          log = log as String, baseFile = baseFile as String, acknowledged = acknowledged as String,
          delay = delay as UInt32
        ] in
        try writeUntilKilled(log, baseFile, acknowledging: acknowledged, after: delay)
      }
      let least = FileManager.default.contents(atPath: acknowledged)?.count ?? 0
      let writer = try KilledHistory.open(log, baseFile)
      let count = KilledHistory.writes(before: writer.shared.nextRow)
      #expect(
        least...least + 1 ~= count ?? -1,
        "round \(round): \(least) were acknowledged, \(String(describing: count)) are there")
      let found = try fixture.find([0, 0, 0, 0], k: 1000, in: writer.shared)
      let rows = Dictionary(uniqueKeysWithValues: found.map { ($0.id, $0.sequence) })
      #expect(rows == KilledHistory.rows(after: count ?? 0), "round \(round) after \(delay) µs")
    }
  }
}

/// The writes of a process that will be killed, by their numbers: five rows each, or every fourth a removal.
private enum KilledHistory {
  static let fixture = MemTableFixture(dimension: 4, nlist: 4, build: ["m": "2"])

  /// A writer over a base in memory, or in a file where one is given, which is flushed to after each 40 rows.
  static func open(_ log: String, _ baseFile: String) throws -> LoggedMemTableWriter {
    let configuration = MemTableConfiguration(maxRows: 20, mostFrozen: 1)
    let sync = WriteAheadLog.Sync.interval(.milliseconds(5))
    guard !baseFile.isEmpty else {
      return try .open(over: fixture.makeBase(), configuration: configuration, log: log, sync: sync)
    }
    return try .open(over: fixture.makeBase(at: baseFile), configuration: configuration, log: log, sync: sync)
  }

  static func isRemoval(_ number: Int) -> Bool { number % 4 == 3 }

  static func ids(_ number: Int) -> [UInt64] { (0..<5).map { UInt64((number * 5 + $0 * 3) % 97) } }

  /// Removes what the write before has stored.
  static func removed(_ number: Int) -> UInt64 { ids(number - 1)[0] }

  static func rowCount(_ number: Int) -> Int { isRemoval(number) ? 1 : 5 }

  /// How many writes take the rows below `row`; nil where a write is there in part.
  static func writes(before row: UInt64) -> Int? {
    var (number, next) = (0, 0)
    while next < row {
      next += rowCount(number)
      number += 1
    }
    return next == row ? number : nil
  }

  /// The row of each id after so many writes.
  static func rows(after count: Int) -> [UInt64: UInt64] {
    var rows: [UInt64: UInt64] = [:]
    var next: UInt64 = 0
    for number in 0..<count {
      if isRemoval(number) {
        rows[removed(number)] = nil
      } else {
        for (offset, id) in ids(number).enumerated() { rows[id] = next + UInt64(offset) }
      }
      next += UInt64(rowCount(number))
    }
    return rows
  }
}

/// Does one write after the other; another thread kills the process `delay` µs after the first.
private func writeUntilKilled(
  _ log: String, _ baseFile: String, acknowledging path: String, after delay: UInt32
) throws {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
  var writer = try KilledHistory.open(log, baseFile)
  Thread {
    usleep(delay)
    kill(getpid(), SIGKILL)
  }.start()
  var number = KilledHistory.writes(before: writer.shared.nextRow)!
  let vectors = KilledHistory.fixture.vectors(97, seed: 1)
  // A write that was done, but not acknowledged, is acknowledged now.
  var size = Int(lseek(descriptor, 0, SEEK_END))
  while true {
    while size < number { size += write(descriptor, "x", 1) }
    if KilledHistory.isRemoval(number) {
      _ = try writer.remove(id: KilledHistory.removed(number))
    } else {
      let ids = KilledHistory.ids(number)
      try writer.insert(ids: ids, vectors: vectors.gathering(ids.map { Int($0) }))
    }
    number += 1
  }
}
