import Foundation
import Synchronization
import TestSupport
import Testing

@testable import OrderedStore

@Suite struct LMDBStoreTests {
  private let folder: TemporaryFolder
  private var file: String { folder.file }

  init() throws { folder = try TemporaryFolder() }

  /// Writes a key and lets go of the store.
  private func makeStore(_ value: String = "1") throws {
    try LMDBStore.open(file, for: .test).write { transaction throws(StoreError) in
      try transaction.put(value.key, for: "a".key, in: "t")
    }
  }

  private func bytes() throws -> Data { try Data(contentsOf: URL(fileURLWithPath: file)) }

  // MARK: The file

  @Test func aStoreIsOneFileAndItsLockFile() throws {
    try makeStore()
    #expect(folder.contents == ["store.lmdb", "store.lmdb-lock"])
    let store = try LMDBStore.open(readOnly: file, for: .test)
    #expect(try store.snapshot().text("a", in: "t") == "1")
    #expect(try store.sizeOnDisk == bytes().count)
    #expect(refusal { _ = try store.begin() } == .readOnly)
    try store.sync()
  }

  @Test func theLockFileMayBeMissing() throws {
    try makeStore()
    try FileManager.default.removeItem(atPath: file + "-lock")
    #expect(try LMDBStore.open(readOnly: file, for: .test).snapshot().text("a", in: "t") == "1")
  }

  @Test func readingWhatIsNotThereMakesNothing() {
    #expect(refusal { _ = try LMDBStore.open(readOnly: file, for: .test) } == .missingFile)
    #expect(refusal { _ = try LMDBStore.open(readOnly: file + "/x", for: .test) } == .missingFile)
    #expect(folder.contents == [])
  }

  @Test func whatIsNoStoreIsToldApartAndLeftAlone() throws {
    #expect(refusal { _ = try LMDBStore.open(folder.path, for: .test) } == .isFolder)
    #expect(refusal { _ = try LMDBStore.open(readOnly: folder.path, for: .test) } == .isFolder)
    // Nor is a pipe, which nobody may ever write into.
    try #require(mkfifo(file, 0o600) == 0)
    #expect(refusal { _ = try LMDBStore.open(readOnly: file, for: .test) } == .notAccessible("not a file"))
    #expect(refusal { _ = try LMDBStore.open(file, for: .test) } == .notAccessible("not a file"))
    unlink(file)
    #expect(
      refusal { _ = try LMDBStore.open("/nowhere/store", for: .test) } == .notAccessible("No such file or directory"))
    let text = Data(String(repeating: "not a store; ", count: 1_000).utf8)
    try text.write(to: URL(fileURLWithPath: file))
    #expect(refusal { _ = try LMDBStore.open(file, for: .test) } == .notLMDB)
    #expect(refusal { _ = try LMDBStore.open(readOnly: file, for: .test) } == .notLMDB)
    #expect(try bytes() == text && folder.contents == ["store.lmdb"])
  }

  // MARK: What a store says it is

  @Test func aStoreForSomethingElseIsRefused() throws {
    try makeStore()
    let before = try bytes()
    for other in [StoreApplication(name: "test", version: 4), StoreApplication(name: "tests", version: 3)] {
      let reason = StoreError.Reason.otherApplication(found: .test, expected: other)
      #expect(refusal { _ = try LMDBStore.open(readOnly: file, for: other) } == reason)
      #expect(refusal { _ = try LMDBStore.open(file, for: other) } == reason)
    }
    #expect(try bytes() == before)
  }

  @Test func aStoreOfAnotherFormatIsRefused() throws {
    try makeStore()
    // Another number, with a checksum that fits.
    func entry(format: UInt8) -> Data {
      let (key, value) = ("identity".key, [format, 0, 0, 0, 3, 0, 0, 0] + "test".key)
      var stored = [UInt8](repeating: 0, count: StoredValue.storedBytes(value.count))
      stored.withUnsafeMutableBytes { stored in
        let keyHash = key.withUnsafeBytes { StoredValue.hash(ofKey: $0) }
        StoredValue.fill(stored, keyHash: keyHash) { $0.copyBytes(from: value) }
      }
      return Data(key + stored)
    }
    // In the page that is in use, and in those that were.
    var bytes = try bytes()
    while let place = bytes.range(of: entry(format: 1)) { bytes.replaceSubrange(place, with: entry(format: 2)) }
    try bytes.write(to: URL(fileURLWithPath: file))
    #expect(refusal { _ = try LMDBStore.open(file, for: .test) } == .otherFormat(found: 2, supported: 1))
  }

  @Test func anotherProgramsFileIsRefused() throws {
    try makeStore()
    // Without the table that says what a store is, by any other name, it is none.
    var bytes = try bytes()
    while let place = bytes.range(of: Data("recallbench-store".utf8)) {
      bytes.replaceSubrange(place, with: Data("something-of-else".utf8))
    }
    try bytes.write(to: URL(fileURLWithPath: file))
    #expect(refusal { _ = try LMDBStore.open(readOnly: file, for: .test) } == .notAStore)
    #expect(refusal { _ = try LMDBStore.open(file, for: .test) } == .notAStore)
    #expect(try self.bytes() == bytes)
  }

  @Test func anUnfinishedStoreCanBeFinished() throws {
    // Killed before there was anything in the file, and before LMDB's empty file had its table.
    try Data().write(to: URL(fileURLWithPath: file))
    #expect(refusal { _ = try LMDBStore.open(readOnly: file, for: .test) } == .unfinished)
    _ = try EnvironmentRegistry.open(file, forWriting: true, durability: .sync, reserving: 1 << 30)
    #expect(try !bytes().isEmpty)
    #expect(refusal { _ = try LMDBStore.open(readOnly: file, for: .test) } == .unfinished)
    try makeStore()
    #expect(try LMDBStore.open(readOnly: file, for: .test).snapshot().text("a", in: "t") == "1")
  }

  // MARK: Several users

  @Test func oneProcessOpensAFileOnce() throws {
    try makeStore()
    let other = folder.path + "/link"
    try FileManager.default.createSymbolicLink(atPath: other, withDestinationPath: file)
    do {
      let writer = try LMDBStore.open(file, for: .test)
      #expect(refusal { _ = try LMDBStore.open(file, for: .test) } == .openHere(forWriting: true))
      #expect(refusal { _ = try LMDBStore.open(other, for: .test) } == .openHere(forWriting: true))
      let reader = try LMDBStore.open(readOnly: other, for: .test)
      // Whoever came by the link would not see the readers of the file, and the other way round.
      #expect(folder.contents == ["link", "store.lmdb", "store.lmdb-lock"])
      try writer.write { transaction throws(StoreError) in try transaction.put("2".key, for: "a".key, in: "t") }
      #expect(try reader.snapshot().text("a", in: "t") == "2")
      #expect(refusal { _ = try reader.begin() } == .readOnly)
    }
    do {
      let first = try LMDBStore.open(readOnly: file, for: .test)
      let second = try LMDBStore.open(readOnly: file, for: .test)
      #expect(refusal { _ = try LMDBStore.open(file, for: .test) } == .openHere(forWriting: false))
      #expect(try first.snapshot().text("a", in: "t") == second.snapshot().text("a", in: "t"))
    }
    try makeStore("3")
  }

  @Test func aSecondWritingProcessIsToldSoAndHarmsNothing() async throws {
    let store = try LMDBStore.open(file, for: .test)
    let transaction = try store.begin()
    try transaction.put("1".key, for: "a".key, in: "t")
    await #expect(processExitsWith: .success) { [file = file as String] in
      #expect(refusal { _ = try LMDBStore.open(file, for: .test) } == .writerElsewhere)
      let snapshot = try LMDBStore.open(readOnly: file, for: .test).snapshot()
      #expect(snapshot.tables == [])
    }
    try transaction.commit()
    await #expect(processExitsWith: .success) { [file = file as String] in
      let text = try LMDBStore.open(readOnly: file, for: .test).snapshot().text("a", in: "t")
      #expect(text == "1")
    }
    #expect(try store.snapshot().text("a", in: "t") == "1")
  }

  @Test func aReaderSeesTablesThatAnotherProcessMakes() async throws {
    try makeStore()
    let store = try LMDBStore.open(readOnly: file, for: .test)
    let before = try store.snapshot()
    await #expect(processExitsWith: .success) { [file = file as String] in
      try LMDBStore.open(file, for: .test).write { transaction throws(StoreError) in
        try transaction.put("2".key, for: "a".key, in: "t")
        for name in ["new", "newer"] { try transaction.put("x".key, for: "b".key, in: name) }
      }
    }
    let after = try store.snapshot()
    #expect(after.tables == ["new", "newer", "t"])
    #expect(try after.text("b", in: "newer") == "x" && after.text("a", in: "t") == "2")
    #expect(before.tables == ["t"])
    #expect(try before.text("a", in: "t") == "1" && before.count(of: "new") == 0)
  }

  /// The check reads pages that the writer would use again, were they not held.
  @Test func aFileIsOpenedWhileAnotherProcessCommits() async throws {
    let store = try LMDBStore.open(file, for: .test, durability: .noSync)
    func commit(_ number: Int) throws {
      try store.write { transaction throws(StoreError) in
        for key in 0..<300 {
          let value = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: key % 40 == 0 ? 6_000 : 90)
          try transaction.put(value, for: [UInt8(key % 256), UInt8(key / 256)], in: "t")
        }
      }
    }
    try commit(0)
    let isDone = Atomic(false)
    let writing = Task {
      var number = 0
      while !isDone.load(ordering: .acquiring) {
        number += 1
        try commit(number)
      }
    }
    await #expect(processExitsWith: .success) { [file = file as String] in
      for _ in 0..<100 {
        let snapshot = try LMDBStore.open(readOnly: file, for: .test).snapshot()
        let values = try snapshot.entries(of: "t").map { $0[1] }
        #expect(values.count == 300 && Set(values.map { $0[0] }).count == 1)
      }
    }
    isDone.store(true, ordering: .releasing)
    try await writing.value
  }

  @Test func snapshotsAndTransactionsKeepTheFileOpen() throws {
    var store: LMDBStore? = try LMDBStore.open(file, for: .test)
    let transaction = try #require(try store?.begin())
    try transaction.put(Array(repeating: 5, count: 10_000), for: "a".key, in: "t")
    store = nil
    #expect(refusal { _ = try LMDBStore.open(file, for: .test) } == .openHere(forWriting: true))
    try transaction.commit()

    var snapshot: (any StoreSnapshot)? = try LMDBStore.open(readOnly: file, for: .test).snapshot()
    let cursor = try #require(try snapshot?.cursor(in: "t"))
    snapshot = nil
    #expect(try cursor.next()?.value.count == 10_000)
  }

  /// As by a child process that has not begun its program yet.
  @Test func aLockEndsWithItsFileAlsoWhereTheFileIsShared() throws {
    try DataFile(path: file, forWriting: true).lockForWriting()
    var locked: DataFile? = try DataFile(path: file, forWriting: true)
    try locked?.lockForWriting()
    let identity = try #require(locked?.identity)
    let shared = (0..<1024).filter { descriptor in
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { return false }
      return UInt64(truncatingIfNeeded: status.st_dev) == identity.device && UInt64(status.st_ino) == identity.number
    }.map { dup($0) }
    defer { for descriptor in shared { close(descriptor) } }
    #expect(!shared.isEmpty)
    locked = nil
    try DataFile(path: file, forWriting: false).lockForWriting()
  }

  @Test func aStoreThatIsGoneHoldsNoLock() throws {
    for round in 0..<200 {
      try LMDBStore.open(file, for: .test, durability: .noSync).write { transaction throws(StoreError) in
        try transaction.put([], for: [UInt8(round)], in: "t")
      }
      try DataFile(path: file, forWriting: false).lockForWriting()
    }
  }

  // MARK: Limits

  @Test func aFullMapIsToldAndCostsOnlyTheTransaction() throws {
    let megabyte = 1 << 20
    do {
      let store = try LMDBStore.open(file, for: .test, reserving: megabyte)
      try store.write { transaction throws(StoreError) in try transaction.put("1".key, for: "a".key, in: "t") }
      let transaction = try store.begin()
      let value = [UInt8](repeating: 1, count: 100_000)
      let reason = refusal { for number in 0..<20 { try transaction.put(value, for: [UInt8(number)], in: "t") } }
      #expect(reason == .mapFull(bytes: megabyte))
      #expect(refusal { try transaction.commit() } == .transactionFailed)
      #expect(try store.snapshot().entries(of: "t") == [["a".key, "1".key]])
    }
    // The default reserves more.
    let store = try LMDBStore.open(file, for: .test)
    try store.write { transaction throws(StoreError) in
      try transaction.put(Array(repeating: 1, count: 4 * megabyte), for: "b".key, in: "t")
    }
    #expect(try store.snapshot().keys(of: "t") == ["a", "b"] && store.sizeOnDisk > 4 * megabyte)
  }

  #if os(Linux)
    @Test func aRefusedThreadIsAnError() async throws {
      try makeStore()
      await #expect(processExitsWith: .success) { [file = file as String] in
        let store = try LMDBStore.open(file, for: .test)
        let allowThreads = forbidThreads()
        guard case .noThread? = refusal({ _ = try store.begin() }) else {
          Issue.record("a transaction began without a thread")
          return
        }
        allowThreads()
        // Nothing is held by the transaction that did not begin.
        while refusal({ _ = try store.begin() }) != nil { usleep(1_000) }
      }
    }

    @Test func fewerAddressesThanWantedWillDo() async throws {
      await #expect(processExitsWith: .success) { [file = file as String] in
        // What the process has already, under a sanitizer terabytes, and little more.
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ").first
        limit(RLIMIT_AS, to: (pages.flatMap { Int($0) } ?? 0) * Int(getpagesize()) + 16 << 30)
        let store = try LMDBStore.open(file, for: .test)
        try store.write { transaction throws(StoreError) in
          try transaction.put(Array(repeating: 1, count: 1 << 20), for: "a".key, in: "t")
        }
        #expect(try store.snapshot().value(for: "a".key, in: "t")?.count == 1 << 20)
      }
    }
  #endif
}
