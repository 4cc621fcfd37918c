import Foundation

/// Memory that this process and its children map, backed by an anonymous file. Foundation has no shared memory.
final class SharedMemory: @unchecked Sendable {
  let descriptor: Int32
  private(set) var bytes = 0
  private(set) var address: UnsafeMutableRawPointer?

  /// Creates an empty one, which children inherit.
  ///
  /// - Returns: `nil`, with `errno` set, when the system refuses it.
  init?() {
    descriptor = Self.anonymousFile()
    if descriptor < 0 { return nil }
  }

  deinit {
    unmap()
    close(descriptor)
  }

  /// The path at which a child finds the memory.
  var path: String { "/dev/fd/\(descriptor)" }

  /// Sets the size in bytes and maps the memory here; new bytes are zero.
  ///
  /// - Returns: whether it succeeded; otherwise `errno` has the reason.
  func resize(to bytes: Int) -> Bool {
    unmap()
    guard ftruncate(descriptor, off_t(bytes)) == 0 else { return false }
    guard bytes > 0 else { return true }
    let map = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    guard let map, map != MAP_FAILED else { return false }
    address = map
    self.bytes = bytes
    return true
  }

  /// Unmaps the memory in this process; children keep it.
  func unmap() {
    if let address { munmap(address, bytes) }
    address = nil
    bytes = 0
  }

  /// Uses `memfd_create` where the C library has it, because a folder for temporary files may be small.
  private static func anonymousFile() -> Int32 {
    #if os(Linux)
      typealias Create = @convention(c) (UnsafePointer<CChar>, UInt32) -> Int32
      if let symbol = dlsym(nil, "memfd_create") {
        return unsafeBitCast(symbol, to: Create.self)("recallbench", 0)
      }
    #endif
    guard let file = tmpfile() else { return -1 }
    defer { fclose(file) }
    return dup(fileno(file))
  }
}
