import Foundation

/// A file's bytes, mapped into memory for reading: only what is looked at is read, whatever the file's size.
///
/// Whoever cuts the file short meanwhile ends the process with SIGBUS, which the command line reports.
final class MappedFile: @unchecked Sendable {
  let path: String
  /// The whole file; valid while this object lives.
  let bytes: UnsafeRawBufferPointer

  /// - Throws: `DatasetError.cannotRead`.
  init(_ path: String) throws(DatasetError) {
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

  deinit {
    if let base = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: base), bytes.count) }
  }
}
