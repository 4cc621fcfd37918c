import Foundation

/// The kind of file system of a folder, as far as it matters to a database.
enum FileSystemKind {
  /// The kinds that several machines share, as the kernel names them.
  private static let network: Set<String> = [
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "lustre", "gpfs", "beegfs", "ceph", "afs", "9p", "panfs", "ocfs2", "gfs2",
    "wekafs", "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.juicefs", "orangefs",
  ]

  /// The name of the network file system in which a folder is; `nil` for a local one.
  static func network(of folder: String) -> String? {
    var status = stat()
    guard stat(folder, &status) == 0 else { return nil }
    #if os(Linux)
      // As the macros major() and minor() of the C library take a device number apart.
      let device = UInt64(status.st_dev)
      let (major, minor) = ((device >> 8) & 0xFFF | (device >> 32) & ~0xFFF, device & 0xFF | (device >> 12) & ~0xFF)
      return network(device: "\(major):\(minor)", mounts: SystemFile.text("/proc/self/mountinfo"))
    #else
      return nil
    #endif
  }

  /// - Parameters:
  ///   - device: the numbers of the device: `0:45`.
  ///   - mounts: the text of `/proc/self/mountinfo`, see proc_pid_mountinfo(5).
  static func network(device: String, mounts: String) -> String? {
    for line in mounts.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count > 2, words[2] == device, let dash = words.firstIndex(of: "-"), dash + 1 < words.count else {
        continue
      }
      let kind = String(words[dash + 1])
      return network.contains(kind) ? kind : nil
    }
    return nil
  }
}
