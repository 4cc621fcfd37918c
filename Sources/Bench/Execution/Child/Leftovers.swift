import Files
import Foundation

/// Temporary files that killed processes have left in a results folder.
public enum Leftovers {
  /// Removes temporary indexes that no process uses any more, and files that were not completely written.
  ///
  /// The caller must be the only one that runs a sweep into the folder.
  static func remove(from folder: String) {
    IndexFolder.removeAbandoned(in: folder)
    OutputDraft.removeAbandoned(in: folder)
    let results = "\(folder)/\(RawResultFile.folderName)"
    let names = FileManager.default.enumerator(atPath: results)
    while let name = names?.nextObject() as? String {
      if names?.fileAttributes?[.type] as? FileAttributeType == .typeDirectory {
        OutputDraft.removeAbandoned(in: "\(results)/\(name)")
      }
    }
  }

  /// Removes this process's own temporary indexes, for an exit that runs no deinitializers.
  public static func removeOwn() { IndexFolder.removeOwn() }
}
