import Foundation
import Synchronization

/// The folder with the file of one index that is measured.
///
/// A temporary one is locked for as long as its process lives, so that others can tell it from one that a killed
/// process has left behind.
final class IndexFolder: Sendable {
  let path: String
  /// The open folder that has the lock; nil for a folder that stays.
  private let lock: Int32?

  /// Those of this process that are temporary.
  private static let own = Mutex<Set<String>>([])

  /// Makes a folder in another, which goes away with the last reference unless it is kept; where that is not possible,
  /// the index will say so when it makes its file.
  init(temporaryIn parent: String) {
    let (path, lock) = Self.make(in: parent)
    (self.path, self.lock) = (path, lock)
    Self.own.withLock { _ = $0.insert(path) }
  }

  /// A folder that stays.
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

  /// Moves a temporary folder to a place, where it stays; a folder that is there goes away.
  ///
  /// That one is moved aside first, where `restore` finds it if this process is killed meanwhile.
  ///
  /// - Throws: `CocoaError`; what is at the place is then as it was.
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

  /// Brings back the folder of a place whose new one did not come.
  static func restore(place: String) {
    guard access(place, F_OK) != 0 else { return }
    rename(older(at: place), place)
  }

  private static func older(at place: String) -> String { "\(place).older" }

  /// Where the index's file is.
  var file: String { "\(path)/index.lmdb" }

  private static func make(in parent: String) -> (path: String, lock: Int32) {
    while true {
      let path = "\(parent)/\(prefix)\(UUID().uuidString)"
      try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard folder >= 0 else { return (path, folder) }
      // Where the file system has no locks, nobody will take it for abandoned either.
      let isLocked = flock(folder, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK
      // Between its making and its locking another process may have removed it.
      if isLocked, access(path, F_OK) == 0 { return (path, folder) }
      close(folder)
    }
  }
}

extension IndexFolder {
  private static let prefix = "index-"

  /// Removes temporary folders below another whose processes have ended.
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

  /// Removes all temporary folders of this process, which then ends: whatever is in them is lost to it.
  static func removeOwn() {
    own.withLock { for path in $0 { try? FileManager.default.removeItem(atPath: path) } }
  }
}
