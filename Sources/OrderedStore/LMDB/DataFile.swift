import Foundation

/// The file of a store at the operating system, and the lock that keeps a second writer out.
///
/// The lock is `flock` on the file itself: LMDB locks its own lock file only, and this lock ends with a killed process.
final class DataFile {
  /// The values by which two paths are recognised as the same file.
  struct Identity: Hashable {
    let device: UInt64
    let number: UInt64
  }

  /// The path as the caller gave it, for messages.
  let path: String
  /// The path without symbolic links, so that all processes use the same lock file beside the store.
  let realPath: String
  let identity: Identity
  /// Whether opening has created the file.
  private let isNew: Bool
  private let descriptor: CInt
  private var isLocked = false

  /// Opens the file; for writing, creates it if it does not exist.
  ///
  /// - Throws: `missingFile`, `isFolder`, `notAccessible`.
  init(path: String, forWriting: Bool) throws(StoreError.Reason) {
    self.path = path
    // Without this flag, opening a pipe would wait.
    let flags = (forWriting ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK
    var descriptor = open(path, flags)
    var isNew = false
    if descriptor < 0, errno == ENOENT, forWriting {
      descriptor = open(path, flags | O_CREAT | O_EXCL, 0o644)
      isNew = descriptor >= 0
      // Another process has created the file meanwhile.
      if descriptor < 0, errno == EEXIST { descriptor = open(path, flags) }
    }
    guard descriptor >= 0 else { throw Self.refusal(errno, forWriting: forWriting) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw status.st_mode & S_IFMT == S_IFDIR ? .isFolder : .notAccessible("not a file")
    }
    self.isNew = isNew
    self.descriptor = descriptor
    let resolved = realpath(path, nil)
    realPath = resolved.map { String(cString: $0) } ?? path
    free(resolved)
    identity = Identity(device: UInt64(truncatingIfNeeded: status.st_dev), number: UInt64(status.st_ino))
  }

  deinit {
    // Not by closing alone: a child that another thread has just forked holds the file until it runs its program.
    if isLocked { unlock() }
    close(descriptor)
  }

  private static func refusal(_ code: CInt, forWriting: Bool) -> StoreError.Reason {
    switch code {
    case EISDIR: .isFolder
    case ENOENT where !forWriting: .missingFile
    case ENOTDIR where !forWriting: .missingFile
    case ENOSPC, EDQUOT: .diskFull(String(cString: strerror(code)))
    default: .notAccessible(String(cString: strerror(code)))
    }
  }

  var size: Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  /// Keeps other writers out until this object is released.
  ///
  /// - Throws: `writerElsewhere`.
  func lockForWriting() throws(StoreError.Reason) {
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw errno == EWOULDBLOCK ? .writerElsewhere : .notAccessible(String(cString: strerror(errno)))
    }
    isLocked = true
  }

  /// Releases the lock for other writers.
  func unlock() {
    flock(descriptor, LOCK_UN)
    isLocked = false
  }

  /// Passes the bytes of the whole file, as it is now, to `body`.
  func withBytes(
    _ body: (UnsafeRawBufferPointer) throws(StoreError.Reason) -> Void
  ) throws(StoreError.Reason) {
    let size = size
    guard size > 0 else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
    guard let start = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0), start != MAP_FAILED else {
      throw .library(code: Int(errno), text: String(cString: strerror(errno)))
    }
    defer { munmap(start, size) }
    // Pages are read in no order; read-ahead would read 20 times as much of a file with large values.
    madvise(start, size, MADV_RANDOM)
    try body(UnsafeRawBufferPointer(start: start, count: size))
  }

  /// Flushes the folder, so that the file's name survives a crash of the machine.
  func syncFolder() {
    let folder = open((realPath as NSString).deletingLastPathComponent, O_RDONLY | O_CLOEXEC)
    guard folder >= 0 else { return }
    fsync(folder)
    close(folder)
  }

  /// Allocates disk space for LMDB's lock file while this process does not have it open.
  ///
  /// LMDB makes a sparse file and writes to its mapping; on a full disk that ends the process.
  ///
  /// - Throws: `diskFull`. LMDB reports all other errors.
  func reserveLockFile(byteCount: Int) throws(StoreError.Reason) {
    let lockPath = realPath + "-lock"
    let isNew = access(lockPath, F_OK) != 0
    let lockFile = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard lockFile >= 0 else { return }
    defer { close(lockFile) }
    #if os(Linux)
      let code = posix_fallocate(lockFile, 0, off_t(byteCount))
    #else
      var space = fstore_t(
        fst_flags: UInt32(F_ALLOCATEALL), fst_posmode: F_PEOFPOSMODE, fst_offset: 0, fst_length: off_t(byteCount),
        fst_bytesalloc: 0)
      let code = fcntl(lockFile, F_PREALLOCATE, &space) == 0 ? 0 : errno
    #endif
    guard [ENOSPC, EDQUOT, EFBIG].contains(code) else { return }
    if isNew { unlink(lockPath) }
    throw .diskFull(String(cString: strerror(code)))
  }

  /// Lets another file, which nobody has open, take the place of this one in one step.
  ///
  /// This process gives up its own lock on LMDB's lock file and may only close the store then.
  ///
  /// - Throws: `readersElsewhere`, or what the system says; both files are then as they were.
  func replace(by path: String) throws(StoreError.Reason) {
    var status = stat()
    if fstat(descriptor, &status) == 0 { chmod(path, status.st_mode & 0o777) }
    try checkOpenNowhereElse()
    guard rename(path, realPath) == 0 else { throw .notAccessible(String(cString: strerror(errno))) }
    // They speak of the transactions of the file that was there.
    for lockPath in [realPath + "-lock", path + "-lock"] { unlink(lockPath) }
    syncFolder()
  }

  /// - Throws: `readersElsewhere` where another process has LMDB's lock file open.
  private func checkOpenNowhereElse() throws(StoreError.Reason) {
    let lockFile = open(realPath + "-lock", O_RDWR | O_CLOEXEC)
    guard lockFile >= 0 else { return }
    defer { close(lockFile) }
    // Each process that has the store open holds the first byte for reading.
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    lock.l_whence = Int16(SEEK_SET)
    lock.l_len = 1
    guard fcntl(lockFile, F_GETLK, &lock) == 0, lock.l_type != Int16(F_UNLCK) else { return }
    throw .readersElsewhere
  }

  /// Takes back the making of the file, unless another process has come to write to it.
  func removeIfNew() {
    guard isNew, isLocked else { return }
    unlink(realPath)
    unlink(realPath + "-lock")
  }
}
