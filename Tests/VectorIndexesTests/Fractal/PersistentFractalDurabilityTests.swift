import Foundation
import OrderedStore
import Synchronization
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct PersistentFractalDurabilityTests {
  private let fixtures: PersistentFixtures
  private typealias History = PersistentHistory<PersistentFractalIndex>
  private static let setup = IndexSetup(
    PersistentFractalIndex.self, metric: .euclidean, dimension: History.dimension,
    build: smallTree.merging(["max_leaf": "40", "min_leaf": "10", "max_buffer": "8"]) { $1 },
    exhaustive: ["nprobe": "1000000", "refine": "1000"])

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
      try history.check(index.snapshot(), "a reader in round \(round)")
    }
    print("\(persistentKillRounds) kills, \(history.number) commits")
  }

  /// The largest size of a file stands for a full disk.
  @Test func aFullDiskCostsOnlyTheTransaction() async throws {
    await #expect(processExitsWith: .success) { [file = fixtures.file as String] in
      let index = try Self.setup.open(file)
      try History.train(index)
      // While it lives, no page is used again: the file grows with each commit.
      let empty = try index.snapshot()
      signal(SIGXFSZ, SIG_IGN)
      limit(RLIMIT_FSIZE, to: 900_001)
      var last = 0
      let error = #expect(throws: IndexError.self) { try History.write(to: index) { last = $0 } }
      guard let failure = error?.storeError, case .diskFull = failure.reason else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(last > 2 && empty.count == 0)
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

  /// A changed bit of a vector is found by the first search that looks at its leaf at the latest.
  @Test func damageIsRefused() throws {
    let vectors = Self.setup.vectors(200, seed: 1)
    do {
      let index = try Self.setup.open(fixtures.file)
      try index.train(vectors, threads: 1)
      try index.insertBatch(
        ids: (0..<200).map(UInt64.init), vectors: vectors, metadata: [], onConflict: .fail, threads: 1)
      try index.commit()
    }
    let whole = try Data(contentsOf: URL(fileURLWithPath: fixtures.file))
    for row in [17, 199] {
      var bytes = whole
      let vector = vectors.array(row).withUnsafeBytes { Data($0) }
      // Pages that were split have old copies of small values in their free room.
      var rest = bytes.startIndex
      while let place = bytes.range(of: vector, in: rest..<bytes.endIndex) {
        bytes[place.lowerBound + 5] ^= 4
        rest = place.upperBound
      }
      #expect(rest > 0)
      let path = fixtures.folder.path + "/damaged-\(row).lmdb"
      try bytes.write(to: URL(fileURLWithPath: path))
      // Small values are checked when the file is opened.
      let error = #expect(throws: IndexError.self, "row \(row)") {
        let index = try PersistentFractalIndex.open(readOnly: path)
        _ = try Self.setup.find(vectors.array(row), k: 3, in: index)
      }
      guard let failure = error?.storeError, case .corrupted = failure.reason else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(throws: IndexError.self) { try Self.setup.open(path) }
    }
  }

  /// Readers search snapshots, one after the other, while a writer splits, merges and commits; one holds an old one.
  @Test func readersAndAWriterGoOnTogether() throws {
    let index = try Self.setup.open(fixtures.file)
    let vectors = Self.setup.vectors(300, seed: 1)
    try index.insertBatch(
      ids: (0..<300).map(UInt64.init), vectors: vectors, metadata: [], onConflict: .fail, threads: 1)
    try index.train(vectors, threads: 1)
    try index.commit()
    let old = try index.snapshot()
    let parameters = try Self.setup.searchParameters()
    let wrong = Atomic<Int>(0)
    let isWriting = Atomic<Bool>(true)
    DispatchQueue.concurrentPerform(iterations: 17) { worker in
      do {
        if worker == 0 {
          defer { isWriting.store(false, ordering: .relaxed) }
          // Each commit keeps the count, and one vector under the last id that was written.
          for number in 0..<200 {
            try index.remove(id: UInt64(number))
            try index.insert(id: UInt64(1000 + number), vector: vectors.array(number))
            if number == 100 { try index.retrain(threads: 1) }
            if number % 8 == 7 { try index.commit() }
          }
          return
        }
        repeat {
          let snapshot = worker % 4 == 0 ? old : try index.snapshot()
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
    try index.checkInvariants()
    try old.checkInvariants()
  }
}

extension PersistentFractalIndex: HistoryIndex {
  /// That of all vectors, were it opened for writing.
  private func loaded() throws -> FractalCore {
    switch try storage.content {
    case .memory(let core): core
    case .mapped(let mapped): try stored.file.read(mapped.reader).index
    }
  }

  func contradictions() throws -> [String] {
    do { try checkInvariants() } catch let broken as BrokenInvariant { return [broken.description] }
    return []
  }

  func forEachStored(_ body: (UInt64, [Float], Metadata) -> Bool) throws {
    let index = try loaded()
    for (id, place) in index.store.places {
      let vector = index.keptVectors(of: Int(place.list), rows: [Int(place.offset)]).array(0)
      guard body(id, vector, index.store.metadata[id]) else { return }
    }
  }
}
