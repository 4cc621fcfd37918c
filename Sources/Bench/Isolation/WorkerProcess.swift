import Datasets
import Foundation

/// The child's side of isolation: what the program does when it is started to build and measure for another process.
public enum WorkerProcess {
  /// The program's only argument then; no command is called so.
  public static let argument = "--measure-for-parent"

  /// How it ends where memory ran out, to tell that from other crashes.
  static let outOfMemoryCode: Int32 = 77

  /// Reads the order from standard input, does the work, and writes the events to standard output.
  public static func main() -> Never {
    let events = FileHandle.standardOutput
    let provenance = Provenance(commit: "", cpu: "", system: "")
    events.write(Data((LedgerJSON.text(WorkerGreeting(provenance: provenance)) + "\n").utf8))
    guard let line = readLine(strippingNewline: true), let order: WorkOrder = try? LedgerJSON.value(line),
      order.protocolVersion == WorkerGreeting.protocolVersion
    else {
      FileHandle.standardError.write(Data("recallbench: \(argument) is for the program's own use\n".utf8))
      exit(2)
    }
    let turns = DispatchSemaphore(value: 0)
    followParent(turns)
    if let bytes = order.limits.memoryBytes { limitMemory(to: bytes) }
    tellWhenMemoryRanOut()
    ReadingLimits.current.enforce()
    let faults = ProcessInfo.processInfo.environment[InjectedFaults.variable] ?? ""
    Worker(order: order, faults: InjectedFaults(specification: faults), awaitTurn: { turns.wait() }).run { event in
      events.write(Data((LedgerJSON.text(event) + "\n").utf8))
    }
    exit(0)
  }

  /// Standard input stays open as long as the parent lives: its end is the parent's. A line is a turn.
  private static func followParent(_ turns: DispatchSemaphore) {
    let thread = Thread {
      var byte: UInt8 = 0
      while true {
        let count = read(STDIN_FILENO, &byte, 1)
        if count == 0 || (count < 0 && errno != EINTR) { _exit(1) }
        if count == 1, byte == UInt8(ascii: "\n") { turns.signal() }
      }
    }
    thread.start()
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

  /// A failed allocation leaves ENOMEM behind before the program traps; what crashes otherwise crashes as ever.
  private static func tellWhenMemoryRanOut() {
    for number in [SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS] {
      signal(number) { number in
        if errno == ENOMEM { _exit(WorkerProcess.outOfMemoryCode) }
        signal(number, SIG_DFL)
        raise(number)
      }
    }
  }
}
