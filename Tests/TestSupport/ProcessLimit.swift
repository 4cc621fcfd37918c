import Foundation
import VectorCore

#if os(Linux)
  public typealias LimitedResource = __rlimit_resource
#else
  public typealias LimitedResource = CInt
#endif

/// Limits what this process, which is a test's child, may use.
public func limit(_ resource: LimitedResource, to bytes: Int) {
  var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: rlim_t(bytes))
  #if os(Linux)
    let status = setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
  #else
    let status = setrlimit(resource, &limit)
  #endif
  precondition(status == 0, "the limit cannot be set")
}

#if os(Linux)
  /// Leaves this process, which is a test's child, no room for the stack of a further thread.
  ///
  /// - Returns: lets the threads end that were started to find the last one, and gives the room back.
  @discardableResult
  public func forbidThreads() -> () -> Void {
    let pages = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ").first
    let used = (pages.flatMap { Int($0) } ?? 0) * Int(getpagesize())
    var before = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &before)
    var limit = before
    limit.rlim_cur = rlim_t(used + 256 << 20)
    precondition(setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, "the limit cannot be set")
    let waiting = DispatchSemaphore(value: 0)
    var threads = 0
    for stackBytes in [16 << 20, 1 << 20, 1 << 18] {
      while (try? SystemThread.start(stackBytes: stackBytes) { waiting.wait() }) != nil { threads += 1 }
    }
    precondition(threads > 0, "the limit leaves no room at all")
    return {
      for _ in 0..<threads { waiting.signal() }
      setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &before)
    }
  }
#endif
