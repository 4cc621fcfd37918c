import Foundation

/// The room on a disk.
enum FreeSpace {
  /// Bytes that files at a path, or at the nearest folder above it that is there, can still take; `Int.max` if unknown.
  static func bytes(at path: String) -> Int {
    var path = path
    var status = statvfs()
    while statvfs(path.isEmpty ? "." : path, &status) != 0 {
      guard errno == ENOENT, !path.isEmpty, path != "/" else { return .max }
      path = (path as NSString).deletingLastPathComponent
    }
    let (bytes, overflows) = Int(clamping: status.f_bavail).multipliedReportingOverflow(by: Int(status.f_frsize))
    return overflows ? .max : bytes
  }
}
