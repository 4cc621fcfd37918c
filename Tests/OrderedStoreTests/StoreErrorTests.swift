import OrderedStore
import Testing

@Suite struct StoreErrorTests {
  @Test func oneLineNamesOperationTableFileAndRemedy() {
    let error = StoreError(
      operation: "put", table: "postings", path: "/data/x", reason: .keyTooLong(bytes: 600, limit: 511))
    #expect("\(error)" == "/data/x: cannot put (table 'postings'): the key has 600 bytes; at most 511 are possible")
    let full = StoreError(
      operation: "commit", table: nil, path: "/data/x", reason: .diskFull("No space left on device"))
    #expect(
      "\(full)" == "/data/x: cannot commit: No space left on device; free space on the disk; "
        + "all that was committed before is intact")
  }

  @Test func whatAStoreThrowsSaysWhereAndWhat() throws {
    let folder = try TemporaryFolder()
    func text(_ body: () throws -> Void) -> String {
      do {
        try body()
        return ""
      } catch { return "\(error)" }
    }
    #expect(
      text { _ = try LMDBStore.open(readOnly: folder.file, for: .test) }
        == "\(folder.file): cannot open the store: no such file; check the path, or open it for writing to make it")
    let store = try LMDBStore.open(folder.file, for: .test)
    let transaction = try store.begin()
    #expect(
      text { try transaction.put([], for: [], in: "t") }
        == "\(folder.file): cannot put (table 't'): the key is empty; keys have at least 1 byte")
    transaction.abort()
    let memory = try MemoryStore().begin()
    #expect(
      text { try memory.put([], for: [], in: "t") }
        == "store in memory: cannot put (table 't'): the key is empty; keys have at least 1 byte")
    let other = StoreApplication(name: "ivf-pq", version: 2)
    #expect(
      text { _ = try LMDBStore.open(readOnly: folder.file, for: other) }.hasSuffix(
        "holds 'test' version 3, not 'ivf-pq' version 2; choose another path, or build the store again"))
  }
}
