import OrderedStore
import VectorCore

extension PersistentIVFPQIndex {
  /// What the file is for; the version goes up with each change of what the tables hold.
  private static let application = StoreApplication(name: "recallbench ivf-pq", version: 3)

  public static func open(
    at path: String, dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64
  ) throws(IndexError) -> PersistentIVFPQIndex {
    // What can't be made leaves no file.
    _ = try PersistentIVFPQIndex(dimension: dimension, metric: metric, parameters: parameters, seed: seed)
    let store = try storing { () throws(StoreError) in try LMDBStore.open(path, for: application) }
    return try PersistentIVFPQIndex(
      openOrMake: store, at: path, dimension: dimension, metric: metric, parameters: parameters, seed: seed)
  }

  public static func open(readOnly path: String) throws(IndexError) -> PersistentIVFPQIndex {
    let store = try storing { () throws(StoreError) in try LMDBStore.open(readOnly: path, for: application) }
    return try PersistentIVFPQIndex(readOnly: store, at: path)
  }

  /// Writes the index, as it was last committed, into a new file, without the room that removals have left.
  ///
  /// A list never has a hole to scan past; but a file keeps its size, and what is removed is room for what comes.
  ///
  /// - Throws: `IndexError.storage`, also where there is a file with an index already.
  /// - Complexity: O(bytes).
  public func compact(into path: String) throws(IndexError) {
    try storing { () throws(StoreError) in
      let snapshot = try store.snapshot()
      let target = try LMDBStore.open(path, for: Self.application)
      try target.write { transaction throws(StoreError) in
        guard transaction.tables.isEmpty else {
          throw StoreError(
            operation: "compact the index", table: nil, path: path,
            reason: .notAccessible("there is an index already; choose another path"))
        }
        for table in snapshot.tables {
          let cursor = try snapshot.cursor(in: table)
          while let entry = try cursor.next() {
            try transaction.put(
              byteCount: entry.value.count, for: Array(entry.key), in: table, appending: true
            ) { $0.copyMemory(from: entry.value) }
          }
        }
      }
    }
  }
}
