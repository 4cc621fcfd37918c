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
  ///
  /// - Parameter helper: a process that works for this one, whose peak is added.
  static func peakBytes(helper: Int32? = nil) -> Int? {
    #if os(Linux)
      let own = status(of: "self", field: "VmHWM:")
      return helper.flatMap { status(of: "\($0)", field: "VmHWM:") }.map { $0 + (own ?? 0) } ?? own
    #else
      var usage = rusage()
      return getrusage(RUSAGE_SELF, &usage) == 0 ? Int(usage.ru_maxrss) : nil
    #endif
  }

  /// Bytes of physical memory that another process has for itself: without files and memory that it shares; nil where the
  /// system does not tell.
  static func privateBytes(of process: Int32) -> Int? {
    #if os(Linux)
      status(of: "\(process)", field: "RssAnon:")
    #else
      nil
    #endif
  }

  #if os(Linux)
    private static func status(of process: String, field: String) -> Int? {
      let lines = SystemFile.text("/proc/\(process)/status").split(separator: "\n")
      let words = lines.first { $0.hasPrefix(field) }?.split(whereSeparator: \.isWhitespace)
      return words.flatMap { $0.count > 1 ? Int($0[1]) : nil }.map { $0 * 1024 }
    }
  #endif

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
