import Foundation

extension OrderedStore {
  /// Writes the store, as it was last committed, into a new file, without the room that removals have left.
  ///
  /// - Throws: `notEmpty` where there is a store already, and what opening and writing a store throw.
  /// - Complexity: O(bytes).
  public func copy(into path: String, for application: StoreApplication) throws(StoreError) {
    let snapshot = try snapshot()
    let target = try LMDBStore.open(path, for: application)
    try target.write { transaction throws(StoreError) in
      guard transaction.tables.isEmpty else {
        throw LMDBPlace(path: path, operation: "copy the store").error(.notEmpty)
      }
      for table in snapshot.tables {
        let cursor = try snapshot.cursor(in: table)
        while let entry = try cursor.next() {
          try transaction.put(byteCount: entry.value.count, for: Array(entry.key), in: table, appending: true) {
            $0.copyMemory(from: entry.value)
          }
        }
      }
    }
  }
}

extension LMDBStore {
  /// Writes a file anew without the room that removals have left: in one step a copy takes its place.
  ///
  /// Nobody may open the file while its place is taken, which no lock of LMDB's prevents.
  ///
  /// - Throws: `missingFile`; `writerElsewhere`, `readersElsewhere` or `openHere` where somebody has the file open; and
  ///   what opening and writing a store throw. The file is then as it was.
  /// - Complexity: O(bytes), and as much room on the disk as the copy takes.
  public static func compact(_ path: String, for application: StoreApplication) throws(StoreError) {
    let place = LMDBPlace(path: path, operation: "compact the store")
    // Opening for writing would make a store of a file that is missing or empty.
    try place.refuse(try isStore(path) ? nil : .notLMDB)
    let store = try open(path, for: application)
    // Keeps other writers out until the copy is in place.
    defer { withExtendedLifetime(store) {} }
    let file = store.lease.environment.file
    let copyPath = file.realPath + ".compact-in-progress"
    remove(copyPath)
    do throws(StoreError) {
      try store.copy(into: copyPath, for: application)
      try place.naming { () throws(StoreError.Reason) in try file.replace(by: copyPath) }
    } catch {
      remove(copyPath)
      throw error
    }
  }

  private static func remove(_ path: String) {
    unlink(path)
    unlink(path + "-lock")
  }
}
