import Foundation
import OrderedStore
import Synchronization
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct PersistentIVFPQDurabilityTests {
  private let fixtures: PersistentFixtures
  private typealias History = PersistentHistory<PersistentIVFPQIndex>
  private static let setup = IndexSetup(
    PersistentIVFPQIndex.self, metric: .euclidean, dimension: History.dimension, build: ["nlist": "4", "niter": "1"],
    exhaustive: ["nprobe": "4"])

  init() throws { fixtures = try PersistentFixtures() }

  @Test func aKilledWriterLeavesTheLastCommittedIndex() async throws {
    let acknowledged = fixtures.folder.path + "/acknowledged"
    var generator = SeededGenerator(seed: UInt64(DispatchTime.now().uptimeNanoseconds))
    var history = History()
    for round in 0..<persistentKillRounds {
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
    print("\(persistentKillRounds) kills, \(history.number) commits")
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
      guard let failure = error?.storeError, case .diskFull = failure.reason else {
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
      guard let failure = error?.storeError, case .corrupted = failure.reason else {
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

extension PersistentIVFPQIndex: HistoryIndex {
  func contradictions() throws -> [String] { try checkInvariants() }

  func forEachStored(_ body: (UInt64, [Float], Metadata) -> Bool) throws {
    guard isTrained else { return }
    let lists = try currentLists()
    try lists.load((0..<UInt32(lists.listCount)).map { $0 }, metadata: true)
    for list in 0..<UInt32(lists.listCount) {
      for row in 0..<lists.rowCount(of: list) {
        let place = RowPlace(list: list, offset: UInt32(row))
        let floats = lists.row(at: place).assumingMemoryBound(to: Float.self)
        let vector = Array(UnsafeBufferPointer(start: floats, count: dimension))
        guard body(lists.id(at: place), vector, lists.metadataTable[lists.id(at: place)]) else { return }
      }
    }
  }
}
