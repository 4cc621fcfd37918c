import Foundation
import Synchronization
import VectorCore

/// Limits on each call into the HDF5 library, for a process that may end over a file that breaks them.
///
/// Some damaged files have libhdf5 run for ever, or allocate gigabytes for a hundred bytes. A call that does not return
/// cannot be abandoned within the process, so the process has to be one that nothing else depends on.
public struct HDF5CallLimits: Sendable {
  /// How long a call may take without reading a further part of a dataset.
  public var seconds: Double
  /// By how much the process's memory may grow during a call, beside the chunks that it reads; Linux alone holds it.
  public var bytes: Int

  public init(seconds: Double, bytes: Int) {
    self.seconds = seconds
    self.bytes = bytes
  }

  /// Holds every further call of this process to the limits; not to be called twice.
  ///
  /// Allocations beyond the limit fail, which the library mostly reports as an error.
  ///
  /// - Parameter end: is called on a thread of its own while a call has taken too long.
  /// - Throws: `ThreadError` where the system refuses that thread; no call is limited then.
  public func enforce(end: @escaping @Sendable () -> Never) throws(ThreadError) {
    let seconds = seconds
    try SystemThread.start(stackBytes: 1 << 18) {
      // Wake-ups are counted rather than time, which goes on while the process is stopped.
      let interval = max(min(0.25, seconds / 4), 0.001)
      var (last, idle) = (0, 0.0)
      while true {
        usleep(UInt32(interval * 1e6))
        let number = CallCounter.steps.load(ordering: .relaxed)
        idle = CallCounter.isCalling && number == last ? idle + interval : 0
        last = number
        if idle >= seconds { end() }
      }
    }
    Library.locked {
      Library.calls.growth = bytes
      CallCounter.note(path: "")
    }
  }

  /// The path of the file that was opened last, for a signal handler; empty before.
  public static var currentPath: UnsafePointer<CChar> { UnsafePointer(CallCounter.path) }

  /// Whether a call is under way; may be asked in a signal handler.
  public static var isCalling: Bool { CallCounter.isCalling }
}

/// Which calls into the library there are, for whoever watches them from another thread or a signal handler.
enum CallCounter {
  /// Calls begun, and parts of long ones.
  static let steps = Atomic<Int>(0)
  /// How many calls are within each other.
  static let depth = Atomic<Int>(0)

  private static let pathSize = 4_096
  nonisolated(unsafe) static let path: UnsafeMutablePointer<CChar> = {
    let path = UnsafeMutablePointer<CChar>.allocate(capacity: pathSize)
    path.initialize(repeating: 0, count: pathSize)
    return path
  }()

  /// Call it with the lock held.
  static func note(path name: String) { strncpy(path, name, pathSize - 1) }

  static var isCalling: Bool { depth.load(ordering: .relaxed) > 0 }
}

/// Notes the calls into the library and limits the memory of each. Its methods are called with the lock held.
struct LibraryCalls {
  /// By how many bytes memory may grow during a call; nil for any number.
  var growth: Int?
  private var limitBefore: rlimit?

  /// - Parameter bytes: what the call needs more than others.
  mutating func begin(allowing bytes: Int) {
    CallCounter.steps.add(1, ordering: .relaxed)
    let outer = CallCounter.depth.add(1, ordering: .relaxed).oldValue
    guard outer == 0, let growth, let used = Self.dataBytes, let before = Self.limit else { return }
    limitBefore = before
    var limit = before
    limit.rlim_cur = min(before.rlim_cur, rlim_t(used + growth + bytes))
    Self.setLimit(&limit)
  }

  mutating func end() {
    guard CallCounter.depth.subtract(1, ordering: .relaxed).newValue == 0, var before = limitBefore else { return }
    limitBefore = nil
    Self.setLimit(&before)
  }

  #if os(Linux)
    /// What RLIMIT_DATA counts: private writable memory.
    private static var dataBytes: Int? {
      let descriptor = open("/proc/self/statm", O_RDONLY)
      guard descriptor >= 0 else { return nil }
      defer { close(descriptor) }
      var text = [UInt8](repeating: 0, count: 128)
      let count = read(descriptor, &text, text.count)
      guard count > 0 else { return nil }
      let fields = String(decoding: text[..<count], as: UTF8.self).split(separator: " ")
      return fields.count > 5 ? Int(fields[5]).map { $0 * Int(getpagesize()) } : nil
    }

    private static var limit: rlimit? {
      var limit = rlimit()
      return getrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit) == 0 ? limit : nil
    }

    private static func setLimit(_ limit: inout rlimit) {
      setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
    }
  #else
    private static var dataBytes: Int? { nil }
    private static var limit: rlimit? { nil }
    private static func setLimit(_ limit: inout rlimit) {}
  #endif
}
