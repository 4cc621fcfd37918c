import OrderedStore
import VectorCore
import VectorSearch

extension StoredIndex {
  /// What is in a file; `nil` for one without an index of this kind.
  ///
  /// - Throws: `IndexError.storage`.
  /// - Complexity: O(keys + bytes of small values).
  static func inspect(store path: String) throws(IndexError) -> IndexInspection? {
    guard let store = try find(path) else { return nil }
    // Shares the file that is open now.
    let index = try open(readOnly: path)
    var inspection = IndexInspection(index, clusterSizes: try index.readClusterSizes())
    inspection.formatVersion = Int(application.version)
    inspection.seed = index.seed
    let settings = index.configuration.settings
    inspection.parameters = Configuration.fields.map { .init(name: $0.name, value: settings[$0.name] ?? "") }
    inspection.removed = Int(clamping: index.nextSequence) - index.count
    inspection.freeBytes = try storing { () throws(StoreError) in try store.freeBytes }
    return inspection
  }

  /// Writes a file anew without the room that removals have left; false for one without an index of this kind.
  ///
  /// - Throws: `IndexError.storage`, also where somebody has the file open; it is then as it was.
  static func compact(store path: String) throws(IndexError) -> Bool {
    guard try find(path) != nil else { return false }
    try storing { () throws(StoreError) in try LMDBStore.compact(path, for: application) }
    return true
  }

  /// The store in a file, where it is for an index of this kind, of whatever version.
  private static func find(_ path: String) throws(IndexError) -> LMDBStore? {
    try storing { () throws(StoreError) in
      guard try LMDBStore.isStore(path) else { return nil }
      let store = try LMDBStore.open(readOnly: path)
      return store.application.name == application.name ? store : nil
    }
  }
}
