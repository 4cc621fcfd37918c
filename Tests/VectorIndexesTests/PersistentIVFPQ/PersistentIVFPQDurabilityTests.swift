import Foundation
import OrderedStore
import Synchronization
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

/// A history of transactions, each of which follows from its number.
private struct History {
  static let dimension = 24
  static let batch = 5
  /// Ids, and in which transaction they were last written.
  private(set) var written: [UInt64: Int] = [:]
  private(set) var number = 0

  /// Takes the history to a transaction.
  mutating func advance(to number: Int) {
    while self.number < number {
      self.number += 1
      for id in Self.ids(of: self.number) { written[id] = self.number }
      written[Self.removed(by: self.number)] = nil
    }
  }

  /// Writes the transactions that follow, one by one, until something fails.
  static func write(to index: PersistentIVFPQIndex, acknowledge: (_ number: Int) -> Void) throws {
    if !index.isTrained {
      try index.train(RandomVectors.uniform.matrix(100, dimension: dimension, seed: 1), threads: 1)
      try index.commit()
    }
    while true {
      let number = number(of: index) + 1
      let ids = ids(of: number)
      try index.insertBatch(
        ids: ids, vectors: Matrix(ids.map { vector(of: $0, number) }),
        metadata: ids.map { ["number": .integer(Int64($0))] }, onConflict: .replace, threads: 1)
      try index.remove(id: removed(by: number))
      if number % 20 == 0 { try index.retrain(threads: 1) }
      try index.commit()
      acknowledge(number)
    }
  }

  /// The transaction that an index was last written by: each takes as many sequences.
  static func number(of index: PersistentIVFPQIndex) -> Int { Int(index.contents.nextSequence) / batch }

  /// Whether an index has exactly what this history has, and its tables agree.
  func check(_ index: PersistentIVFPQIndex, _ context: String) throws {
    #expect(try index.checkInvariants() == [], "\(context)")
    #expect(index.count == written.count, "\(context)")
    guard index.isTrained else { return }
    let lists = try index.currentLists()
    try lists.load([], metadata: true)
    for list in 0..<UInt32(lists.listCount) {
      for row in 0..<lists.rows(of: list) {
        let place = VectorStore.Place(list: list, offset: UInt32(row))
        let id = lists.id(at: place)
        let floats = lists.row(at: place).assumingMemoryBound(to: Float.self)
        let vector = Array(UnsafeBufferPointer(start: floats, count: Self.dimension))
        guard let number = written[id], vector == Self.vector(of: id, number),
          lists.metadata(at: place) == ["number": .integer(Int64(id))]
        else {
          Issue.record("\(context): id \(id) is not what transaction \(String(describing: written[id])) wrote")
          return
        }
      }
    }
  }

  private static func ids(of number: Int) -> [UInt64] {
    (0..<batch).map { UInt64((number * 7 + $0 * 31) % 211) }
  }

  private static func removed(by number: Int) -> UInt64 { UInt64((number * 13 + 5) % 211) }

  private static func vector(of id: UInt64, _ number: Int) -> [Float] {
    RandomVectors.uniform.matrix(1, dimension: dimension, seed: id * 100_003 + UInt64(number)).array(0)
  }
}

@Suite struct PersistentIVFPQDurabilityTests {
  private let fixtures: PersistentFixtures
  private static let setup = IndexSetup(
    PersistentIVFPQIndex.self, metric: .euclidean, dimension: History.dimension, build: ["nlist": "4", "niter": "1"],
    exhaustive: ["nprobe": "4"])
  /// `RECALLBENCH_KILL_ROUNDS=200` for the full count.
  private static let rounds = ProcessInfo.processInfo.environment["RECALLBENCH_KILL_ROUNDS"].flatMap(Int.init) ?? 10

  init() throws { fixtures = try PersistentFixtures() }

  @Test func aKilledWriterLeavesTheLastCommittedIndex() async throws {
    let acknowledged = fixtures.folder.path + "/acknowledged"
    var generator = SeededGenerator(seed: UInt64(DispatchTime.now().uptimeNanoseconds))
    var history = History()
    for round in 0..<Self.rounds {
      // The first ones meet the making of the file, and the training.
      let delay = UInt32(generator.next(below: round < 3 ? 20_000 : 150_000))
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [file = fixtures.file as String, acknowledged = acknowledged as String, delay = delay as UInt32] in
        let descriptor = open(acknowledged, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        Thread {
          usleep(delay)
          kill(getpid(), SIGKILL)
        }.start()
        let index = try Self.setup.open(file)
        // A commit that was made, but not acknowledged, is acknowledged now.
        var size = Int(lseek(descriptor, 0, SEEK_END))
        while size < History.number(of: index) { size += write(descriptor, "x", 1) }
        try History.write(to: index) { _ in _ = write(descriptor, "x", 1) }
      }
      let least = FileManager.default.contents(atPath: acknowledged).map { $0.count } ?? 0
      let index = try Self.setup.open(fixtures.file)
      let number = History.number(of: index)
      #expect(least...least + 1 ~= number, "round \(round): \(least) commits were acknowledged, \(number) are there")
      history.advance(to: number)
      try history.check(index, "round \(round) after \(delay) µs")
    }
    print("\(Self.rounds) kills, \(history.number) commits")
  }

  /// The largest size of a file stands for a full disk.
  @Test func aFullDiskCostsOnlyTheTransaction() async throws {
    await #expect(processExitsWith: .success) { [file = fixtures.file as String] in
      let index = try Self.setup.open(file)
      // While it lives, no page is used again: the file grows with each commit.
      let untrained = try index.snapshot()
      signal(SIGXFSZ, SIG_IGN)
      limit(RLIMIT_FSIZE, to: 700_001)
      var last = 0
      let error = #expect(throws: IndexError.self) { try History.write(to: index) { last = $0 } }
      guard case .storage(let failure) = error, case .diskFull = failure.reason else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(last > 2 && !untrained.isTrained)
      var history = History()
      history.advance(to: last)
      try history.check(index, "in the index that failed")
      try history.check(index.snapshot(), "in a snapshot")
    }
    let index = try Self.setup.open(fixtures.file)
    var history = History()
    history.advance(to: History.number(of: index))
    #expect(history.number > 2)
    try history.check(index, "opened again")
    try index.insert(id: 900, vector: [Float](repeating: 0, count: History.dimension))
    try index.commit()
  }

  /// A changed bit of a vector or a code is found by the first search that looks at the list.
  @Test func damageIsRefused() throws {
    let vectors = Self.setup.vectors(200, seed: 1)
    do {
      let index = try Self.setup.open(fixtures.file)
      try index.train(vectors, threads: 1)
      try index.insertBatch(
        ids: (0..<200).map(UInt64.init), vectors: vectors, metadata: [], onConflict: .fail, threads: 1)
      try index.commit()
    }
    var bytes = try Data(contentsOf: URL(fileURLWithPath: fixtures.file))
    let vector = vectors.array(17).withUnsafeBytes { Data($0) }
    let place = try #require(bytes.range(of: vector)).lowerBound
    bytes[place + 5] ^= 4
    try bytes.write(to: URL(fileURLWithPath: fixtures.file))
    let index = try PersistentIVFPQIndex.open(readOnly: fixtures.file)
    for search: () throws -> Void in [
      { _ = try Self.setup.find(vectors.array(17), k: 3, in: index) },
      {
        var answers = NeighborBatch(k: 3, reserving: 200)
        try index.searchBatch(
          vectors, k: 3, parameters: Self.setup.searchParameters(), filter: nil, scratch: index.makeScratch(),
          into: &answers)
      },
    ] {
      let error = #expect(throws: IndexError.self) { try search() }
      guard case .storage(let failure) = error, case .corrupted = failure.reason else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  /// 32 readers search snapshots, one after the other, while a writer commits.
  // parity: S1.11
  @Test func readersAndAWriterGoOnTogether() throws {
    let index = try Self.setup.open(fixtures.file)
    let vectors = Self.setup.vectors(300, seed: 1)
    try index.train(vectors, threads: 1)
    try index.insertBatch(
      ids: (0..<300).map(UInt64.init), vectors: vectors, metadata: [], onConflict: .fail, threads: 1)
    try index.commit()
    let parameters = try Self.setup.searchParameters()
    let wrong = Atomic<Int>(0)
    let isWriting = Atomic<Bool>(true)
    DispatchQueue.concurrentPerform(iterations: 33) { worker in
      do {
        if worker == 0 {
          defer { isWriting.store(false, ordering: .relaxed) }
          // Each commit keeps the count, and one vector under the last id that was written.
          for number in 0..<30 {
            try index.remove(id: UInt64(number))
            try index.insert(id: UInt64(1000 + number), vector: vectors.array(number))
            if number == 20 { try index.retrain(threads: 1) }
            try index.commit()
          }
          return
        }
        repeat {
          let snapshot = try index.snapshot()
          let found = try snapshot.find(vectors.array(worker), k: 300, parameters: parameters)
          let again = try snapshot.find(vectors.array(worker), k: 300, parameters: parameters)
          let moved = UInt64(worker) + 1000
          if found.count != 300 || found != again || ![UInt64(worker), moved].contains(found[0].id) {
            wrong.add(1, ordering: .relaxed)
          }
        } while isWriting.load(ordering: .relaxed)
      } catch {
        Issue.record("\(error)")
      }
    }
    #expect(wrong.load(ordering: .relaxed) == 0)
    #expect(try index.checkInvariants() == [])
  }
}
