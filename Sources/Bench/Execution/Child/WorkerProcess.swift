import Datasets
import Files
import Foundation
import VectorCore
import VectorSearch

/// The child's side of isolation: the program runs it when another process has started it to build and measure.
public enum WorkerProcess {
  /// The program's only argument in this case; no command has this name.
  public static let argument = "--measure-for-parent"

  /// The exit code when memory ran out, which distinguishes this case from other crashes.
  static let outOfMemoryCode: Int32 = 77

  /// Reads the order from standard input, does the work, and writes the events to standard output.
  ///
  /// - Parameters:
  ///   - commit: the commit from which this program was built.
  ///   - catalog: the kinds of index that the program knows.
  public static func main(commit: String, catalog: IndexCatalog) -> Never {
    ParentChannel.open()
    say(WorkerGreeting(provenance: Provenance(commit: commit, cpu: "", system: "")))
    guard let line = readLine(strippingNewline: true), let order: WorkOrder = try? LedgerJSON.value(line),
      order.protocolVersion == WorkerGreeting.protocolVersion
    else {
      FileHandle.standardError.write(Data("\(ProgramName.current): \(argument) is for the program's own use\n".utf8))
      exit(2)
    }
    let lines = ParentLines()
    do throws(ThreadError) {
      try followParent(lines)
      try ReadingLimits.current.enforce()
    } catch {
      say(WorkEvent.buildFailed(error: "\(error)"))
      exit(0)
    }
    // The limit is set after the threads are started, because their stacks would count.
    if let bytes = order.limits.memoryBytes { limitMemory(to: bytes) }
    tellWhenMemoryRanOut()
    Worker(order: order, catalog: catalog, nextLine: { lines.next() }).run { say($0) }
    // What a library has printed is not lost, but its destructors must not keep the sweep waiting.
    fflush(nil)
    _exit(0)
  }

  /// Writes a line of JSON; ends the process when the parent no longer reads.
  private static func say(_ value: some Encodable) {
    if !ParentChannel.say(value) { endWithParent() }
  }

  /// Locked by the first thread that notices the end of the parent, and never unlocked.
  private static let ending = NSLock()

  private static func endWithParent() -> Never {
    ending.lock()
    IndexFolder.removeOwn()
    _exit(1)
  }

  /// Ends this process when standard input is closed, which stays open as long as the parent lives, and collects the
  /// lines on it.
  private static func followParent(_ lines: ParentLines) throws(ThreadError) {
    try SystemThread.start(stackBytes: 1 << 18) {
      var line: [UInt8] = []
      var bytes = [UInt8](repeating: 0, count: 1 << 12)
      while true {
        let count = read(STDIN_FILENO, &bytes, bytes.count)
        if count == 0 || (count < 0 && errno != EINTR) { endWithParent() }
        for byte in bytes.prefix(max(count, 0)) {
          guard byte == UInt8(ascii: "\n") else {
            line.append(byte)
            continue
          }
          lines.add(String(decoding: line, as: UTF8.self))
          line.removeAll(keepingCapacity: true)
        }
      }
    }
  }

  /// Makes allocations beyond the limit fail. Linux counts private writable memory; macOS does not enforce the limit.
  private static func limitMemory(to bytes: Int) {
    var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: rlim_t(bytes))
    #if os(Linux)
      setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
    #else
      setrlimit(RLIMIT_DATA, &limit)
    #endif
  }

  /// Ends the process with `outOfMemoryCode` when it traps after a failed allocation.
  ///
  /// A failed allocation leaves ENOMEM in its thread's `errno` before the program traps; the worker clears `errno`
  /// before each step. Other crashes are left to the earlier handlers, since libraries also crash when memory runs out.
  private static func tellWhenMemoryRanOut() {
    for number in [SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS] {
      sigaction(number, nil, &earlierHandlers[Int(number)])
      signal(number) { number in
        if errno == ENOMEM { _exit(WorkerProcess.outOfMemoryCode) }
        sigaction(number, &WorkerProcess.earlierHandlers[Int(number)], nil)
        raise(number)
      }
    }
  }

  /// The earlier handlers, indexed by signal number; written once, before any handler runs.
  private nonisolated(unsafe) static var earlierHandlers = Array(repeating: sigaction(), count: 32)
}
