import Foundation

/// Keeps threads on one processor.
enum ProcessorAffinity {
  #if os(Linux)
    // Swift's module of the C library declares neither.
    private typealias Call = @convention(c) (pid_t, Int, UnsafeMutableRawPointer) -> CInt
    private static let calls: (get: Call, set: Call)? = {
      guard let get = dlsym(nil, "sched_getaffinity"), let set = dlsym(nil, "sched_setaffinity") else { return nil }
      return (unsafeBitCast(get, to: Call.self), unsafeBitCast(set, to: Call.self))
    }()
  #endif

  /// The processors that the calling thread may use, a bit for each; empty where the system cannot tell.
  static func usable() -> [UInt8] {
    #if os(Linux)
      var bits = [UInt8](repeating: 0, count: 1 << 10)
      // A thread's number 0 means the calling thread.
      if calls?.get(0, bits.count, &bits) == 0 { return bits }
    #endif
    return []
  }

  /// Runs `body` while the calling thread stays on one of the processors that it may use.
  ///
  /// Where the system cannot do this, as macOS, the thread stays free.
  ///
  /// - Parameter place: the place of the processor among the usable ones, modulo their number; at least 0.
  static func staying<Failure>(on place: Int, _ body: () throws(Failure) -> Void) throws(Failure) {
    #if os(Linux)
      var usable = usable()
      let numbers = (0..<usable.count * 8).filter { usable[$0 / 8] & 1 << ($0 % 8) != 0 }
      if !numbers.isEmpty {
        let number = numbers[place % numbers.count]
        var one = [UInt8](repeating: 0, count: usable.count)
        one[number / 8] = 1 << (number % 8)
        _ = calls?.set(0, one.count, &one)
        defer { _ = calls?.set(0, usable.count, &usable) }
        return try body()
      }
    #endif
    try body()
  }
}
