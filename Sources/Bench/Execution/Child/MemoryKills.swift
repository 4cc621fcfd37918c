/// Counts the processes that the kernel has killed for lack of memory, to distinguish its SIGKILL from other ones.
enum MemoryKills {
  /// The count so far in this process's control group, or of the whole machine without control groups; `nil` when
  /// unknown.
  static func count() -> Int? {
    #if os(Linux)
      for path in paths {
        let lines = SystemFile.text(path).split(separator: "\n").map { $0.split(separator: " ") }
        if let line = lines.first(where: { $0.count == 2 && $0[0] == "oom_kill" }) { return Int(line[1]) }
      }
    #endif
    return nil
  }

  /// The files with the count, the most specific first: of control groups 2, of control groups 1, of the machine.
  private static var paths: [String] {
    var paths: [String] = []
    for line in SystemFile.text("/proc/self/cgroup").split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      if parts[1].isEmpty { paths.append("/sys/fs/cgroup\(parts[2])/memory.events") }
      if parts[1].split(separator: ",").contains("memory") {
        paths.append("/sys/fs/cgroup/memory\(parts[2])/memory.oom_control")
      }
    }
    // In a container the process's group is the root of the mounted file system.
    return paths + ["/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control", "/proc/vmstat"]
  }
}
