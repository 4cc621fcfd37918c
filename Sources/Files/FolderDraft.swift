import Foundation

/// A new folder that gets its name once its contents are complete.
///
/// A process that is killed meanwhile leaves a hidden folder, which the next draft beside it removes.
public struct FolderDraft: Sendable {
  /// The folder to write to; it exists and is empty.
  public let path: String
  private let target: String

  /// Creates the draft beside its target, and the folders above them when they do not exist.
  ///
  /// - Parameter target: a path where nothing exists, or an empty folder.
  /// - Throws: `OutputError`, also when something else exists there.
  public init(for target: String) throws(OutputError) {
    let bare = target.hasSuffix("/") && target.count > 1 ? String(target.dropLast()) : target
    self.target = bare
    let parent = (bare as NSString).deletingLastPathComponent
    let folder = parent.isEmpty ? "." : parent
    _ = try OutputFolder(creating: folder)
    guard Self.isFree(bare) else { throw OutputError(path: target, .system(EEXIST)) }
    OutputDraft.removeAbandoned(in: folder)
    path = OutputDraft.newPath(in: folder)
    guard mkdir(path, 0o777) == 0 else { throw OutputError(path: target, .system(errno)) }
  }

  /// Whether there is nothing at a path, or an empty folder.
  public static func isFree(_ path: String) -> Bool {
    var status = stat()
    guard lstat(path, &status) == 0 else { return true }
    return status.st_mode & S_IFMT == S_IFDIR
      && (try? FileManager.default.contentsOfDirectory(atPath: path).isEmpty) == true
  }

  /// Gives the folder its name; the draft no longer exists afterwards.
  ///
  /// - Throws: `OutputError`; the draft is then unchanged.
  public func commit() throws(OutputError) {
    guard rename(path, target) == 0 else { throw OutputError(path: target, .system(errno)) }
    // The new name reaches the disk, too, where the file system can do that.
    let folder = open((path as NSString).deletingLastPathComponent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return }
    _ = fsync(folder)
    close(folder)
  }

  /// Removes the draft with its contents, if it exists.
  public func discard() { try? FileManager.default.removeItem(atPath: path) }
}
