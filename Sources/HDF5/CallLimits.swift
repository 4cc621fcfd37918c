import Foundation
import Synchronization
import VectorCore

/// Limits on each call of the HDF5 library, for a process that ends when a file makes a call exceed them.
///
/// With some damaged files libhdf5 never returns, or allocates gigabytes for a hundred bytes. A call that does not
/// return cannot be cancelled within a process, so nothing else may depend on that process.
public struct HDF5CallLimits: Sendable {
  /// The seconds that a call may take without reading a further part of a dataset.
  public var seconds: Double
  /// The bytes by which the memory of the process may grow during a call, besides the chunks that it reads; Linux only.
  public var bytes: Int

  public init(seconds: Double, bytes: Int) {
    self.seconds = seconds
    self.bytes = bytes
  }

  /// Applies the limits to all further calls of this process. Must be called only once.
  ///
  /// An allocation beyond the limit fails, which the library mostly reports as an error.
  ///
  /// - Parameter end: called on a separate thread when a call has taken too long.
  /// - Throws: `ThreadError` if the system refuses that thread; no call is limited then.
  public func enforce(end: @escaping @Sendable () -> Never) throws(ThreadError) {
    let seconds = seconds
    try SystemThread.start(stackBytes: 1 << 18) {
      // The thread counts its wake-ups and not time, because time goes on while the process is stopped.
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

  /// The path of the last opened file, for a signal handler; empty before the first.
  public static var currentPath: UnsafePointer<CChar> { UnsafePointer(CallCounter.path) }

  /// Whether a call is running; may be read in a signal handler.
  public static var isCalling: Bool { CallCounter.isCalling }
}

/// Counts the calls of the library for another thread or a signal handler.
enum CallCounter {
  /// The number of calls begun, and of parts of long calls.
  static let steps = Atomic<Int>(0)
  /// The number of nested calls.
  static let depth = Atomic<Int>(0)

  private static let pathSize = 4_096
  nonisolated(unsafe) static let path: UnsafeMutablePointer<CChar> = {
    let path = UnsafeMutablePointer<CChar>.allocate(capacity: pathSize)
    path.initialize(repeating: 0, count: pathSize)
    return path
  }()

  /// Records the path. The caller must hold the lock.
  static func note(path name: String) { strncpy(path, name, pathSize - 1) }

  static var isCalling: Bool { depth.load(ordering: .relaxed) > 0 }
}

/// Counts the calls of the library and limits the memory of each. The caller of its methods must hold the lock.
struct LibraryCalls {
  /// The number of bytes by which memory may grow during a call; `nil` for no limit.
  var growth: Int?
  private var limitBefore: rlimit?

  /// - Parameter bytes: the bytes that this call needs in addition to the limit.
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
    /// The bytes that RLIMIT_DATA counts: private writable memory.
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
