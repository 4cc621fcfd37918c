import Foundation
import OrderedStore

/// The stores that one suite holds to one behaviour.
enum StoreKind: CaseIterable {
  case lmdb, memory

  /// A new store, and the folder that it lives in: both last as long as `body`.
  func withStore(_ body: (any OrderedStore) throws -> Void) throws {
    let folder = try TemporaryFolder()
    switch self {
    case .lmdb: try body(LMDBStore.open(folder.file, for: .test, durability: .noSync))
    case .memory: try body(MemoryStore())
    }
  }
}

extension StoreApplication {
  static let test = StoreApplication(name: "test", version: 3)
}

/// A folder of one test, removed when the test is over.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "recallbench-\(UUID())").path(percentEncoded: false)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Where a store is put.
  var file: String { path + "/store.lmdb" }

  /// Names of all files, in order.
  var contents: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }
}

extension String {
  /// The text as a key or value.
  var key: [UInt8] { Array(utf8) }
}

extension UnsafeRawBufferPointer {
  var text: String { String(decoding: self, as: UTF8.self) }
}

extension StoreReader {
  func text(_ key: String, in table: String) throws(StoreError) -> String? {
    try value(for: key.key, in: table).map(\.text)
  }

  /// The keys and values of a range, copied.
  func entries(
    of table: String, _ range: KeyRange = .all, _ direction: ScanDirection = .ascending
  ) throws(StoreError) -> [[[UInt8]]] {
    let cursor = try cursor(in: table, over: range, direction)
    var entries: [[[UInt8]]] = []
    while let entry = try cursor.next() { entries.append([Array(entry.key), Array(entry.value)]) }
    return entries
  }

  /// The keys of a range as text.
  func keys(
    of table: String, _ range: KeyRange = .all, _ direction: ScanDirection = .ascending
  ) throws(StoreError) -> [String] {
    let cursor = try cursor(in: table, over: range, direction)
    var keys: [String] = []
    while let key = try cursor.nextKey() { keys.append(key.text) }
    return keys
  }
}

/// The reason of the error that `body` throws; nil when it throws none.
func refusal(_ body: () throws -> Void) -> StoreError.Reason? {
  do {
    try body()
    return nil
  } catch { return (error as? StoreError)?.reason }
}
