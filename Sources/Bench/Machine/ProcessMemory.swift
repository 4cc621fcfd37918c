import Foundation

/// The memory of processes, as the operating system reports it.
enum ProcessMemory {
  #if os(Linux)
    /// glibc's `malloc_trim`, which is missing in its Swift module; `nil` with another C library.
    private static let trimHeap: (@convention(c) (Int) -> CInt)? = dlsym(nil, "malloc_trim").map {
      unsafeBitCast($0, to: (@convention(c) (Int) -> CInt).self)
    }
  #endif

  /// The peak physical memory of this process in bytes; `nil` when the system does not report it.
  ///
  /// The peak that `wait4` reports is not used: on Linux it starts with the parent's memory at the time of the fork.
  ///
  /// - Parameter helper: a process that works on behalf of this one, whose peak is added.
  static func peakBytes(helper: Int32? = nil) -> Int? {
    #if os(Linux)
      let own = status(of: "self", field: "VmHWM:")
      return helper.flatMap { status(of: "\($0)", field: "VmHWM:") }.map { $0 + (own ?? 0) } ?? own
    #else
      var usage = rusage()
      return getrusage(RUSAGE_SELF, &usage) == 0 ? Int(usage.ru_maxrss) : nil
    #endif
  }

  /// The private physical memory of another process in bytes, without files and shared memory; `nil` when the system
  /// does not report it.
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

  /// The physical memory in use in bytes; `nil` when the system does not report it.
  ///
  /// Freed memory is first returned to the system, so that the difference of two readings shows growth.
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
