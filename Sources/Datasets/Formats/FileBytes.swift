import Foundation

/// Bytes that do not change: a file mapped into memory, or what a compressed file or a text was decoded to.
final class FileBytes: @unchecked Sendable {
  /// The file, for errors.
  let path: String
  /// All of them; valid while this object lives.
  ///
  /// Their span is taken of a local copy: the optimiser of Swift 6.3.1 crashes over one of this property itself.
  let bytes: UnsafeRawBufferPointer
  private let isMapped: Bool

  /// Maps a file: only what is looked at is read, whatever the file's size.
  ///
  /// A file that is cut short meanwhile ends the process with SIGBUS, which the command line reports.
  ///
  /// - Throws: `DatasetError.cannotRead`.
  init(mapping path: String) throws(DatasetError) {
    func refusal(_ reason: String? = nil) -> DatasetError {
      .cannotRead(path: path, reason: reason ?? String(cString: strerror(errno)))
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw refusal() }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw refusal() }
    guard status.st_mode & S_IFMT == S_IFREG else { throw refusal("not a file but a folder or device") }
    self.path = path
    isMapped = true
    guard status.st_size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let size = Int(status.st_size)
    guard let base = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
      throw refusal()
    }
    // Most is read once, front to back.
    posix_madvise(base, size, POSIX_MADV_SEQUENTIAL)
    bytes = UnsafeRawBufferPointer(start: base, count: size)
  }

  /// Allocates bytes that a closure writes, every one.
  init<Failure: Error>(
    path: String, count: Int, initializingWith write: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 1), alignment: 64)
    do throws(Failure) {
      try write(UnsafeMutableRawBufferPointer(rebasing: memory[..<count]))
    } catch {
      memory.deallocate()
      throw error
    }
    self.path = path
    isMapped = false
    bytes = UnsafeRawBufferPointer(rebasing: memory[..<count])
  }

  deinit {
    guard let base = bytes.baseAddress else { return }
    if isMapped {
      munmap(UnsafeMutableRawPointer(mutating: base), bytes.count)
    } else {
      UnsafeMutableRawPointer(mutating: base).deallocate()
    }
  }
}

extension [UInt8] {
  /// Bytes that a closure writes, with errors of its own type.
  init<Failure: Error>(
    count: Int, writtenBy write: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    self.init(repeating: 0, count: count)
    let written: Result<Void, Failure> = withUnsafeMutableBytes { target in
      do throws(Failure) { return .success(try write(target)) } catch { return .failure(error) }
    }
    try written.get()
  }
}
