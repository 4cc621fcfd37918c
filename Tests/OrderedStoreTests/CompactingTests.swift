import Foundation
import OrderedStore
import Testing

@Suite struct CompactingTests {
  private let folder: TemporaryFolder
  private var file: String { folder.file }

  init() throws { folder = try TemporaryFolder() }

  /// 2000 keys of which all but each tenth are gone.
  private func makeHollowStore() throws {
    let store = try LMDBStore.open(file, for: .test, durability: .noSync)
    try store.write { transaction throws(StoreError) in
      for key in 0..<2000 {
        let value = Array(repeating: UInt8(key % 251), count: 1000)
        try transaction.put(value, for: "\(10_000 + key)".key, in: "t")
      }
    }
    try store.write { transaction throws(StoreError) in
      for key in 0..<2000 where key % 10 > 0 { try transaction.remove("\(10_000 + key)".key, from: "t") }
    }
  }

  @Test func aCompactFileHasTheSameContentsAndNoRoom() throws {
    try makeHollowStore()
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
    var before: [[[UInt8]]] = []
    var bytes = 0
    do {
      let store = try LMDBStore.open(readOnly: file)
      #expect(store.application == .test)
      before = try store.snapshot().entries(of: "t")
      bytes = try store.sizeOnDisk
      #expect(try store.freeBytes > bytes / 2)
    }
    try LMDBStore.compact(file, for: .test)
    #expect(folder.contents == ["store.lmdb"])
    let permissions = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
    #expect(permissions == 0o600)
    let store = try LMDBStore.open(readOnly: file, for: .test)
    #expect(before.count == 200)
    #expect(try store.snapshot().entries(of: "t") == before)
    #expect(try store.sizeOnDisk < bytes / 3 && store.freeBytes < bytes / 10)
  }

  @Test func itIsWrittenToAsBefore() throws {
    try makeHollowStore()
    try LMDBStore.compact(file, for: .test)
    let store = try LMDBStore.open(file, for: .test)
    try store.write { transaction throws(StoreError) in try transaction.put([1], for: [1], in: "t") }
    #expect(try store.snapshot().count(of: "t") == 201)
  }

  @Test func aFileThatIsOpenIsRefused() throws {
    try makeHollowStore()
    let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
    do {
      let reader = try LMDBStore.open(readOnly: file, for: .test)
      #expect(reason { try LMDBStore.compact(file, for: .test) } == .openHere(forWriting: false))
      _ = reader
    }
    #expect(reason { try LMDBStore.compact(file, for: StoreApplication(name: "other", version: 1)) } != nil)
    #expect(reason { try LMDBStore.compact(folder.path + "/none", for: .test) } == .missingFile)
    let empty = folder.path + "/empty"
    try Data().write(to: URL(fileURLWithPath: empty))
    #expect(reason { try LMDBStore.compact(empty, for: .test) } == .notLMDB)
    #expect(try Data(contentsOf: URL(fileURLWithPath: empty)).isEmpty)
    try FileManager.default.removeItem(atPath: empty)
    #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == bytes)
    #expect(folder.contents == ["store.lmdb", "store.lmdb-lock"])
  }

  /// This process holds the file open, and another one is asked to compact it.
  @Test func aFileThatAnotherProcessHasOpenIsRefused() async throws {
    try makeHollowStore()
    let reader = try LMDBStore.open(readOnly: file, for: .test)
    await #expect(processExitsWith: .success) { [file = file as String] in
      let refused = StoreError(operation: "compact the store", table: nil, path: file, reason: .readersElsewhere)
      #expect(throws: refused) { try LMDBStore.compact(file, for: .test) }
    }
    #expect(folder.contents == ["store.lmdb", "store.lmdb-lock"])
    #expect(try reader.snapshot().count(of: "t") == 200)
  }

  @Test func aFileThatBeginsAsAStoreIsTold() throws {
    try makeHollowStore()
    #expect(try LMDBStore.isStore(file))
    let other = folder.path + "/other"
    for text in ["", "short", String(repeating: "no store ", count: 1000)] {
      try Data(text.utf8).write(to: URL(fileURLWithPath: other))
      #expect(try !LMDBStore.isStore(other))
    }
    #expect(reason { _ = try LMDBStore.isStore(folder.path) } == .isFolder)
    #expect(reason { _ = try LMDBStore.isStore(folder.path + "/none") } == .missingFile)
  }

  private func reason(_ body: () throws -> Void) -> StoreError.Reason? {
    do {
      try body()
      return nil
    } catch { return (error as? StoreError)?.reason }
  }
}
