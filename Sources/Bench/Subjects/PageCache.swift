import Foundation

/// What the system keeps in memory of the files on disk.
enum PageCache {
  /// Asks the system to forget a file; it forgets no page that some process has mapped or changed.
  ///
  /// - Returns: whether less than a hundredth of the file is in memory now; false where the system can't be asked.
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
    /// The share of a file's pages that are in memory; nil for an empty file.
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
