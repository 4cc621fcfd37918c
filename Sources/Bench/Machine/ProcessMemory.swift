import Foundation

/// What the operating system says of this process's memory.
enum ProcessMemory {
  #if os(Linux)
    /// glibc's `malloc_trim`, which its Swift module leaves out; nil under another C library.
    private static let trimHeap: (@convention(c) (Int) -> CInt)? = dlsym(nil, "malloc_trim").map {
      unsafeBitCast($0, to: (@convention(c) (Int) -> CInt).self)
    }
  #endif

  /// The most bytes of physical memory that this process ever had in use, or nil where the system does not tell.
  ///
  /// Not the one that `wait4` tells: on Linux that begins at what the parent had when it started the process.
  static func peakBytes() -> Int? {
    #if os(Linux)
      let lines = SystemFile.text("/proc/self/status").split(separator: "\n")
      let words = lines.first { $0.hasPrefix("VmHWM:") }?.split(whereSeparator: \.isWhitespace)
      return words.flatMap { $0.count > 1 ? Int($0[1]) : nil }.map { $0 * 1024 }
    #else
      var usage = rusage()
      return getrusage(RUSAGE_SELF, &usage) == 0 ? Int(usage.ru_maxrss) : nil
    #endif
  }

  /// Bytes of physical memory in use, or nil where the system does not tell.
  ///
  /// Memory that was freed but not yet returned goes back first, so that a difference of two readings shows growth.
  static func residentBytes() -> Int? {
    #if os(Linux)
      _ = trimHeap?(0)
      guard let statm = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
        let pages = statm.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
      else { return nil }
      return pages * sysconf(Int32(_SC_PAGESIZE))
    #elseif canImport(Darwin)
      var info = mach_task_basic_info()
      var count = mach_msg_type_number_t(
        MemoryLayout<mach_task_basic_info>.stride / MemoryLayout<natural_t>.stride)
      let status = withUnsafeMutablePointer(to: &info) { info in
        info.withMemoryRebound(to: integer_t.self, capacity: Int(count)) { words in
          task_info(mach_task_self_, task_flavor_t(MACH_TASK_BASIC_INFO), words, &count)
        }
      }
      return status == KERN_SUCCESS ? Int(info.resident_size) : nil
    #else
      return nil
    #endif
  }
}
