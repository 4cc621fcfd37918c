import Datasets
import Files
import Foundation
import VectorCore
import VectorSearch

/// The child's side of isolation: what the program does when it is started to build and measure for another process.
public enum WorkerProcess {
  /// The program's only argument then; no command is called so.
  public static let argument = "--measure-for-parent"

  /// How it ends where memory ran out, to tell that from other crashes.
  static let outOfMemoryCode: Int32 = 77

  /// Reads the order from standard input, does the work, and writes the events to standard output.
  ///
  /// - Parameters:
  ///   - commit: that this program was built from.
  ///   - catalog: the kinds of index that it knows.
  public static func main(commit: String, catalog: IndexCatalog) -> Never {
    ParentChannel.open()
    say(WorkerGreeting(provenance: Provenance(commit: commit, cpu: "", system: "")))
    guard let line = readLine(strippingNewline: true), let order: WorkOrder = try? LedgerJSON.value(line),
      order.protocolVersion == WorkerGreeting.protocolVersion
    else {
      FileHandle.standardError.write(Data("\(ProgramName.current): \(argument) is for the program's own use\n".utf8))
      exit(2)
    }
    let turns = DispatchSemaphore(value: 0)
    do throws(ThreadError) {
      try followParent(turns)
      try ReadingLimits.current.enforce()
    } catch {
      say(WorkEvent.buildFailed(error: "\(error)"))
      exit(0)
    }
    // When the threads are there whose stacks would count.
    if let bytes = order.limits.memoryBytes { limitMemory(to: bytes) }
    tellWhenMemoryRanOut()
    Worker(order: order, catalog: catalog, awaitTurn: { turns.wait() }).run { say($0) }
    exit(0)
  }

  /// Writes a line of JSON; ends the process where nobody reads it any more.
  private static func say(_ value: some Encodable) {
    if !ParentChannel.say(value) { endWithParent() }
  }

  /// Taken by the first thread that notices that the parent has gone, and never given back.
  private static let ending = NSLock()

  private static func endWithParent() -> Never {
    ending.lock()
    IndexFolder.removeOwn()
    _exit(1)
  }

  /// Standard input stays open as long as the parent lives: its end is the parent's. A line is a turn.
  private static func followParent(_ turns: DispatchSemaphore) throws(ThreadError) {
    try SystemThread.start(stackBytes: 1 << 18) {
      var byte: UInt8 = 0
      while true {
        let count = read(STDIN_FILENO, &byte, 1)
        if count == 0 || (count < 0 && errno != EINTR) { endWithParent() }
        if count == 1, byte == UInt8(ascii: "\n") { turns.signal() }
      }
    }
  }

  /// Lets allocations beyond the limit fail. Linux counts private writable memory; macOS does not hold it.
  private static func limitMemory(to bytes: Int) {
    var limit = rlimit(rlim_cur: rlim_t(bytes), rlim_max: rlim_t(bytes))
    #if os(Linux)
      setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
    #else
      setrlimit(RLIMIT_DATA, &limit)
    #endif
  }

  /// A failed allocation leaves ENOMEM behind on its thread before the program traps; what crashes otherwise crashes as
  /// ever. The worker clears the number before each step.
  ///
  /// What crashes otherwise is left to the handlers that are there already: libraries crash where memory runs out, too.
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

  /// By the signals' numbers; written once, before any handler runs.
  private nonisolated(unsafe) static var earlierHandlers = Array(repeating: sigaction(), count: 32)
}
