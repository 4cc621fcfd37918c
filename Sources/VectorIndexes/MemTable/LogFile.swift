import Foundation

/// The file of a log, locked so that only one writer can open it.
final class LogFile {
  /// Writes a file or a folder to the disk, as `fsync` does; returns 0, or -1 and sets `errno`.
  typealias Flush = (_ descriptor: Int32) -> Int32

  private let path: String
  private var descriptor: Int32
  private let flushing: Flush

  /// Opens a file and locks it; makes an empty file if there is none.
  ///
  /// - Throws: `WriteAheadLogError.inUse`, or `.system`.
  static func open(_ path: String, flush: @escaping Flush = { fsync($0) }) throws(WriteAheadLogError) -> LogFile {
    while true {
      let file = try LogFile(path, flags: O_RDWR | O_CREAT, flush)
      // If the file was replaced before it was locked, the locked file is not the log any more.
      if file.isAt(path) { return file }
    }
  }

  /// Opens a file for reading, beside which nobody writes until this object is gone.
  ///
  /// - Throws: `WriteAheadLogError.inUse` where somebody writes, or what the system says.
  static func open(reading path: String) throws(WriteAheadLogError) -> LogFile {
    try LogFile(path, flags: O_RDONLY | O_NONBLOCK, lock: LOCK_SH) { fsync($0) }
  }

  private init(
    _ path: String, flags: Int32, lock: Int32 = LOCK_EX, _ flush: @escaping Flush
  ) throws(WriteAheadLogError) {
    self.path = path
    flushing = flush
    descriptor = Foundation.open(path, flags | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("open the log") }
    guard flock(descriptor, lock | LOCK_NB) == 0 else {
      throw errno == EWOULDBLOCK ? .inUse(path: path) : failure("lock the log")
    }
  }

  deinit {
    guard descriptor >= 0 else { return }
    // A child process that was just forked keeps the file open for a moment, and would keep the lock as well.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  private func isAt(_ path: String) -> Bool {
    var (own, other) = (stat(), stat())
    return fstat(descriptor, &own) == 0 && stat(path, &other) == 0 && own.st_dev == other.st_dev
      && own.st_ino == other.st_ino
  }

  func byteCount() throws(WriteAheadLogError) -> Int64 {
    let size = lseek(descriptor, 0, SEEK_END)
    guard size >= 0 else { throw failure("read the log") }
    return Int64(size)
  }

  /// Reads up to `count` bytes from `start`; fewer at the end of the file.
  func read(_ count: Int, at start: Int64) throws(WriteAheadLogError) -> [UInt8] {
    var isFailing = false
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { bytes, done in
      while done < count {
        let read = pread(descriptor, bytes.baseAddress! + done, count - done, off_t(start) + off_t(done))
        if read < 0, errno == EINTR { continue }
        isFailing = read < 0
        if read <= 0 { return }
        done += read
      }
    }
    guard !isFailing else { throw failure("read the log") }
    return bytes
  }

  func write(_ bytes: [UInt8], at start: Int64) throws(WriteAheadLogError) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        pwrite(descriptor, $0.baseAddress! + done, $0.count - done, off_t(start) + off_t(done))
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure("write to the log") }
      done += count
    }
  }

  /// Writes all data to the disk.
  func flush() throws(WriteAheadLogError) {
    guard flushing(descriptor) == 0 else { throw failure("bring the log to the disk") }
  }

  /// Writes the folder's entry of the file to the disk.
  func flushName() throws(WriteAheadLogError) {
    let folder = (path as NSString).deletingLastPathComponent
    let folderDescriptor = Foundation.open(folder.isEmpty ? "." : folder, O_RDONLY | O_CLOEXEC)
    guard folderDescriptor >= 0 else { throw failure("open the folder of the log") }
    defer { close(folderDescriptor) }
    guard flushing(folderDescriptor) == 0 else { throw failure("bring the log to the disk") }
  }

  /// Truncates the file at a byte.
  func cut(to end: Int64) throws(WriteAheadLogError) {
    guard ftruncate(descriptor, off_t(end)) == 0 else { throw failure("cut the log") }
  }

  /// A part of the new contents.
  enum Part {
    case bytes([UInt8])
    /// Bytes of the present file.
    case copy(Range<Int64>)
  }

  /// Replaces all contents of the file atomically.
  ///
  /// - Parameter keptPath: the path at which the old file is kept; `nil` deletes it.
  /// - Throws: `WriteAheadLogError`, also if there is already a file at `keptPath`. The file is then unchanged.
  func replaceContents(by parts: [Part], keepingOldAt keptPath: String? = nil) throws(WriteAheadLogError) {
    let newPath = path + ".new"
    unlink(newPath)
    let new = try LogFile(newPath, flags: O_RDWR | O_CREAT | O_EXCL, flushing)
    do throws(WriteAheadLogError) {
      for part in parts { try append(part, to: new) }
      try new.flush()
      if let keptPath, link(path, keptPath) != 0 { throw failure("keep the log as it was under \(keptPath)") }
      guard rename(newPath, path) == 0 else {
        let failure = failure("replace the log")
        if let keptPath { unlink(keptPath) }
        throw failure
      }
    } catch {
      unlink(newPath)
      throw error
    }
    swap(&descriptor, &new.descriptor)
  }

  private func append(_ part: Part, to new: LogFile) throws(WriteAheadLogError) {
    switch part {
    case .bytes(let bytes): try new.write(bytes, at: new.byteCount())
    case .copy(let range):
      let most: Int64 = 1 << 20
      for start in stride(from: range.lowerBound, to: range.upperBound, by: Int(most)) {
        try new.write(read(Int(min(most, range.upperBound - start)), at: start), at: new.byteCount())
      }
    }
  }

  private func failure(_ action: String) -> WriteAheadLogError {
    .system(path: path, action: action, code: errno)
  }
}
