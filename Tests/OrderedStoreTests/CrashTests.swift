import Foundation
import OrderedStore
import Testing
import VectorCore

/// A history of transactions, each of which follows from its number.
private struct History {
  /// The slots of table `slots`, and in which transaction they were last written.
  private var slots: [Int: Int] = [:]
  private(set) var number = 0

  /// Takes the history to a transaction.
  mutating func advance(to number: Int) {
    while self.number < number {
      self.number += 1
      if self.number % 50 == 0 { slots = [:] }
      for slot in Self.written(by: self.number) { slots[slot] = self.number }
      slots[Self.removed(by: self.number)] = nil
    }
  }

  /// Writes the transaction that follows `number`.
  static func write(_ number: Int, to transaction: any StoreTransaction) throws {
    if number % 50 == 0 { try transaction.clear("slots") }
    for slot in written(by: number) { try transaction.put(value(of: slot, number), for: [UInt8(slot)], in: "slots") }
    try transaction.remove([UInt8(removed(by: number))], from: "slots")
    try transaction.put("\(number)".key, for: "number".key, in: "meta")
  }

  /// What a reader must find.
  var entries: [[[UInt8]]] { slots.keys.sorted().map { [[UInt8($0)], Self.value(of: $0, slots[$0] ?? 0)] } }

  private static func written(by number: Int) -> [Int] { (0..<5).map { (number * 7 + $0 * 31) % 97 } }

  private static func removed(by number: Int) -> Int { (number * 13 + 5) % 97 }

  private static func value(of slot: Int, _ number: Int) -> [UInt8] {
    Array(repeating: UInt8(truncatingIfNeeded: number), count: (slot * number * 37) % 9_000)
  }
}

@Suite struct CrashTests {
  /// `RECALLBENCH_KILL_ROUNDS=200` for the full count.
  private static let rounds = ProcessInfo.processInfo.environment["RECALLBENCH_KILL_ROUNDS"].flatMap(Int.init) ?? 20

  @Test func aKilledWriterLeavesTheLastCommittedState() async throws {
    let folder = try TemporaryFolder()
    var generator = SeededGenerator(seed: UInt64(DispatchTime.now().uptimeNanoseconds))
    var history = History()
    for round in 0..<Self.rounds {
      // The first ones meet the making of the store.
      let delay = UInt32(generator.next(below: round < 5 ? 5_000 : 60_000))
      let acknowledged = folder.path + "/acknowledged"
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [file = folder.file as String, acknowledged = acknowledged as String, delay = delay as UInt32] in
        try writeUntilKilled(file, acknowledging: acknowledged, after: delay)
      }
      let least = FileManager.default.contents(atPath: acknowledged).map { $0.count } ?? 0
      // A second process reads what the killed one left, and this one goes on writing.
      let store = try LMDBStore.open(folder.file, for: .test)
      let snapshot = try store.snapshot()
      let number = try snapshot.text("number", in: "meta").flatMap { Int($0) } ?? 0
      #expect(least...least + 1 ~= number, "round \(round): \(least) commits were acknowledged, \(number) are there")
      history.advance(to: number)
      let isRight = try snapshot.entries(of: "slots") == history.entries
      #expect(isRight, "round \(round) after \(delay) µs")
    }
    print("\(Self.rounds) kills, \(history.number) commits")
  }
}

/// Commits one transaction after the other; another thread kills the process after `delay` µs.
private func writeUntilKilled(_ file: String, acknowledging path: String, after delay: UInt32) throws {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
  Thread {
    usleep(delay)
    kill(getpid(), SIGKILL)
  }.start()
  let store = try LMDBStore.open(file, for: .test)
  var number = try store.snapshot().text("number", in: "meta").flatMap { Int($0) } ?? 0
  // A commit that was made, but not acknowledged, is acknowledged now.
  var size = Int(lseek(descriptor, 0, SEEK_END))
  while true {
    while size < number { size += write(descriptor, "x", 1) }
    number += 1
    let transaction = try store.begin()
    try History.write(number, to: transaction)
    try transaction.commit()
  }
}
