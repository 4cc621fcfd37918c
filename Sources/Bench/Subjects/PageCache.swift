import Foundation

/// The system's page cache, which keeps parts of files in memory; Foundation has no access to it.
enum PageCache {
  /// Asks the system to remove a file from the page cache; pages that a process has mapped or changed stay.
  ///
  /// - Returns: whether less than a hundredth of the file is in memory now; false when the system cannot be asked.
  static func drop(_ path: String) -> Bool {
    #if os(Linux)
      let file = open(path, O_RDONLY | O_CLOEXEC)
      guard file >= 0 else { return false }
      defer { close(file) }
      fdatasync(file)
      posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED)
      return residentShare(file).map { $0 < 0.01 } ?? false
    #else
      return false
    #endif
  }

  #if os(Linux)
    /// The fraction of a file's pages that are in memory; `nil` for an empty file.
    private static func residentShare(_ file: CInt) -> Double? {
      var status = stat()
      guard fstat(file, &status) == 0, status.st_size > 0 else { return nil }
      let bytes = Int(status.st_size)
      guard let map = mmap(nil, bytes, PROT_READ, MAP_SHARED, file, 0), map != MAP_FAILED else { return nil }
      defer { munmap(map, bytes) }
      let pageBytes = sysconf(CInt(_SC_PAGESIZE))
      var pages = [UInt8](repeating: 0, count: (bytes + pageBytes - 1) / pageBytes)
      guard mincore(map, bytes, &pages) == 0 else { return nil }
      return Double(pages.count { $0 & 1 != 0 }) / Double(pages.count)
    }
  #endif
}
