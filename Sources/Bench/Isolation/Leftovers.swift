import Foundation

/// What processes that were killed have left in a folder of results.
public enum Leftovers {
  /// Removes temporary indexes that no process uses any more, and files that were not written to their end.
  ///
  /// The caller must be the only one that runs a sweep into the folder.
  static func remove(from folder: String) {
    IndexFolder.removeAbandoned(in: folder)
    removeDrafts(in: folder)
    let results = URL(filePath: folder).appending(path: RawResultFile.folderName)
    let files = FileManager.default.enumerator(at: results, includingPropertiesForKeys: nil)
    while let file = files?.nextObject() as? URL {
      if RawResultFile.isPart(file.lastPathComponent) { try? FileManager.default.removeItem(at: file) }
    }
  }

  /// Removes this process's own temporary indexes: for an exit that runs no deinitialisers.
  public static func removeOwn() { IndexFolder.removeOwn() }

  /// Removes drafts of output files, `.recallbench.PROCESS.….partial`, whose process has ended: a report may be written
  /// while a sweep runs.
  private static func removeDrafts(in folder: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    where name.hasPrefix(".recallbench.") && name.hasSuffix(".partial") {
      guard let process = pid_t(name.split(separator: ".")[1]), kill(process, 0) != 0, errno == ESRCH else { continue }
      unlink("\(folder)/\(name)")
    }
  }
}
