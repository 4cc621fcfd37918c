import Foundation

/// What a file system says of a file, which differs when another file has taken its place or it was written to.
public struct FileStamp: Sendable, Equatable, Codable {
  private let device: UInt64
  private let inode: UInt64
  /// Bytes.
  public let size: Int64
  /// Of the contents and of all the rest, in nanoseconds of the system's clock.
  private let modified: Int64
  private let changed: Int64

  /// - Returns: nil for what is not there.
  public init?(ofFile path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    #if os(Linux)
      let (modified, changed) = (status.st_mtim, status.st_ctim)
    #else
      let (modified, changed) = (status.st_mtimespec, status.st_ctimespec)
    #endif
    func nanoseconds(_ time: timespec) -> Int64 { Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec) }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int64(status.st_size)
    self.modified = nanoseconds(modified)
    self.changed = nanoseconds(changed)
  }
}

extension Dataset {
  /// The stamps of all files that a dataset is read from: itself, those in a folder, and those that a `.yml` names.
  ///
  /// - Throws: `DatasetError` for what is no dataset file. - Complexity: O(1).
  public static func stamps(path: String) throws(DatasetError) -> [FileStamp?] {
    try StoredDataset.files(of: path).map(FileStamp.init(ofFile:))
  }
}
