import Foundation

/// What processes that were killed have left in a folder of results.
public enum Leftovers {
  /// Removes temporary indexes that no process uses any more, and raw results that were not written to their end.
  ///
  /// The caller must be the only one that runs a sweep into the folder.
  static func remove(from folder: String) {
    IndexFolder.removeAbandoned(in: folder)
    let results = URL(filePath: folder).appending(path: RawResultFile.folderName)
    let files = FileManager.default.enumerator(at: results, includingPropertiesForKeys: nil)
    while let file = files?.nextObject() as? URL {
      if RawResultFile.isPart(file.lastPathComponent) { try? FileManager.default.removeItem(at: file) }
    }
  }

  /// Removes temporary indexes that no process uses any more.
  public static func removeIndexes(from folder: String) { IndexFolder.removeAbandoned(in: folder) }

  /// Removes this process's own temporary indexes: for an exit that runs no deinitialisers.
  public static func removeOwn() { IndexFolder.removeOwn() }
}
