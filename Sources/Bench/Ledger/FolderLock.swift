import Foundation

/// Keeps other sweeps out of a folder for as long as it lives, or until the process ends, however it does.
final class FolderLock {
  private let file: Int32

  /// - Throws: `LedgerError.inUse`.
  init(_ folder: String) throws(LedgerError) {
    file = open(folder, O_RDONLY | O_CLOEXEC)
    guard file >= 0, flock(file, LOCK_EX | LOCK_NB) == 0 else {
      close(file)
      throw .inUse(folder: folder)
    }
  }

  deinit {
    // Not by closing alone: a child that another thread has just forked holds the file until it runs its program.
    flock(file, LOCK_UN)
    close(file)
  }
}
