import Foundation
import Synchronization

/// The folder with the file of one measured index.
///
/// A temporary folder is locked while its process lives, so that other processes can distinguish it from one that a
/// killed process has left behind.
final class IndexFolder: Sendable {
  let path: String
  /// The descriptor of the locked folder; `nil` for a permanent folder.
  private let lock: Int32?

  /// The temporary folders of this process.
  private static let own = Mutex<Set<String>>([])

  /// Creates a folder inside another one; it is removed with the last reference unless it is kept. When the folder
  /// cannot be created, the index reports that when it creates its file.
  init(temporaryIn parent: String) {
    let (path, lock) = Self.make(in: parent)
    (self.path, self.lock) = (path, lock)
    Self.own.withLock { _ = $0.insert(path) }
  }

  /// Creates the reference to a permanent folder.
  init(path: String) {
    self.path = path
    lock = nil
  }

  deinit {
    guard let lock else { return }
    try? FileManager.default.removeItem(atPath: path)
    Self.own.withLock { _ = $0.remove(path) }
    close(lock)
  }

  /// Moves a temporary folder to a permanent place, and removes a folder that was there.
  ///
  /// The old folder is first moved aside, so that `restore` finds it if this process is killed in between.
  ///
  /// - Throws: `CocoaError`; the place is then unchanged.
  func take(place: String) throws {
    let files = FileManager.default
    let older = Self.older(at: place)
    if files.fileExists(atPath: place) {
      try? files.removeItem(atPath: older)
      try files.moveItem(atPath: place, toPath: older)
    }
    do { try files.moveItem(atPath: path, toPath: place) } catch {
      Self.restore(place: place)
      throw error
    }
    try? files.removeItem(atPath: older)
  }

  /// Restores the old folder of a place when the new one was never moved there.
  static func restore(place: String) {
    guard access(place, F_OK) != 0 else { return }
    rename(older(at: place), place)
  }

  private static func older(at place: String) -> String { "\(place).older" }

  /// The path of the index's file.
  var file: String { "\(path)/index.lmdb" }

  private static func make(in parent: String) -> (path: String, lock: Int32) {
    while true {
      let path = "\(parent)/\(prefix)\(UUID().uuidString)"
      try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard folder >= 0 else { return (path, folder) }
      // On a file system without locks no other process will consider the folder abandoned either.
      let isLocked = flock(folder, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK
      // Another process may have removed the folder between its creation and its locking.
      if isLocked, access(path, F_OK) == 0 { return (path, folder) }
      close(folder)
    }
  }
}

extension IndexFolder {
  private static let prefix = "index-"

  /// Removes temporary folders below `parent` whose processes have ended.
  static func removeAbandoned(in parent: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    where name.hasPrefix(prefix) && UUID(uuidString: String(name.dropFirst(prefix.count))) != nil {
      let path = "\(parent)/\(name)"
      let folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      guard folder >= 0 else { continue }
      if flock(folder, LOCK_EX | LOCK_NB) == 0 { try? FileManager.default.removeItem(atPath: path) }
      close(folder)
    }
  }

  /// Removes all temporary folders of this process before it ends.
  static func removeOwn() {
    own.withLock { for path in $0 { try? FileManager.default.removeItem(atPath: path) } }
  }
}
