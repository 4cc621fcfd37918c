import Foundation

/// Memory that this process and its children map: a file without a name.
final class SharedMemory: @unchecked Sendable {
  let descriptor: Int32
  private(set) var bytes = 0
  private(set) var address: UnsafeMutableRawPointer?

  /// Makes an empty one, which children inherit.
  ///
  /// - Returns: nil with `errno` set where the system has none.
  init?() {
    descriptor = Self.anonymousFile()
    if descriptor < 0 { return nil }
  }

  deinit {
    unmap()
    close(descriptor)
  }

  /// Where a child finds it.
  var path: String { "/dev/fd/\(descriptor)" }

  /// Gives it so many bytes, zero where they are new, and maps them here.
  ///
  /// - Returns: whether there is room; `errno` says why not.
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

  /// Forgets the memory here; children keep it.
  func unmap() {
    if let address { munmap(address, bytes) }
    address = nil
    bytes = 0
  }

  /// `memfd_create` where the C library has it: a folder for temporary files may be small.
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
