import Datasets
import Foundation

/// The parent's connection to a child process that measures a build. It may be used by one thread at a time.
final class WorkerLink {
  /// How the child ended.
  enum Fate {
    case done
    case lost(CellStatus, reason: String)
  }

  /// The step for which a paced child waits.
  enum Turn: Equatable {
    case round(cell: Int, number: Int, slice: Int = 0)
    /// The figures of a group of interleaved cells, of which `cell` is the first.
    case figures(cell: Int)
    /// Further cells, see `ask`.
    case request
  }

  var progress: WorkProgress
  /// How the child ended; `nil` while it works.
  private(set) var fate: Fate?
  /// The step for which the child waits; `nil` while it works, and after its end.
  private(set) var turn: Turn?
  /// The places of the cells that were asked for last.
  private(set) var current: Range<Int>
  /// The greatest time between two events; `nil` for no limit.
  var seconds: Double?
  private let order: WorkOrder
  /// Whether the child waits for turns.
  private var isPaced: Bool
  private let child: ChildProcess?
  /// The count before the child started.
  private let memoryKills = MemoryKills.count()

  /// Starts the program and sends the order to it.
  init(program: String, _ order: WorkOrder) {
    self.order = order
    isPaced = order.isPaced
    seconds = order.limits.seconds
    current = order.cells.indices
    progress = WorkProgress(count: order.cells.count)
    child = ChildProcess(program: program, words: [WorkerProcess.argument])
    guard let child else {
      fate = .lost(.failed, reason: "no process could be started (\(String(cString: strerror(errno))))")
      return
    }
    child.send(LedgerJSON.text(order))
  }

  /// Lets a paced child begin the step for which it waits.
  func takeTurn() {
    turn = nil
    child?.send("")
  }

  /// Asks a child that waits for a request to measure further cells.
  func ask(_ request: WorkRequest) {
    current = progress.outcomes.count..<progress.outcomes.count + request.cells.count
    progress.outcomes += request.cells.map { _ in nil }
    guard fate == nil else { return }
    (isPaced, turn) = (request.isPaced, nil)
    child?.send(LedgerJSON.text(request))
  }

  /// Kills the child.
  func stop() {
    child?.stop()
    _ = child?.wait()
  }

  /// Reads the child's events until it ends, exceeds its time limit, or waits for its turn.
  ///
  /// - Parameter note: receives each event, to update `progress` and to report it.
  /// - Returns: how the child ended; `nil` while it waits.
  @discardableResult
  func follow(_ note: (WorkEvent) -> Void) -> Fate? {
    guard let child, fate == nil else { return fate }
    var deadline = ChildProcess.deadline(in: seconds)
    while true {
      switch child.nextLine(until: deadline) {
      case .text(let line):
        // Libraries may also print to standard output, and the first line is a greeting.
        guard let event: WorkEvent = try? LedgerJSON.value(line) else { continue }
        note(event)
        // The time limit starts again only after an event, not after a line that a library prints.
        deadline = ChildProcess.deadline(in: seconds)
        switch event {
        case .round(let cell, let number) where isPaced:
          turn = .round(cell: cell, number: number)
          return nil
        case .slice(let cell, let number, let slice) where isPaced:
          turn = .round(cell: cell, number: number, slice: slice)
          return nil
        case .finishing(let cell) where isPaced:
          turn = .figures(cell: cell)
          return nil
        case .waiting:
          turn = .request
          return nil
        default: continue
        }
      case .end:
        let end = child.wait()
        var memoryRanOut = false
        if let before = memoryKills, let now = MemoryKills.count() { memoryRanOut = now > before }
        fate = Fate(
          of: end, limits: order.limits, dataset: progress.isReading ? order.dataset.path : nil,
          isFinished: progress.isFinished,
          systemRanOutOfMemory: memoryRanOut)
        return fate
      case .timedOut:
        stop()
        fate = .lost(.timeout, reason: "more than \(Self.text(seconds ?? 0)) s")
        return fate
      }
    }
  }

  private static func text(_ seconds: Double) -> String {
    seconds == seconds.rounded() ? String(Int(seconds)) : String(seconds)
  }
}

extension WorkerLink.Fate {
  /// The signals that a program's own traps and faults raise.
  private static let ownFaults = [SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGSYS]

  /// Interprets the end of a child.
  ///
  /// - Parameters:
  ///   - dataset: the file that the child was reading; `nil` after it had been read.
  ///   - isFinished: whether the child had reported that it was finished.
  ///   - systemRanOutOfMemory: whether the kernel has killed some process for lack of memory in the meantime.
  init(
    of end: ChildProcess.End, limits: Limits, dataset: String?, isFinished: Bool, systemRanOutOfMemory: Bool
  ) {
    switch end {
    case .exited(code: WorkerProcess.outOfMemoryCode):
      let memory = limits.memoryBytes.map { "more than \($0 >> 20) MiB of memory" } ?? "no more memory"
      self = .lost(.outOfMemory, reason: memory)
    case .signalled(SIGKILL) where systemRanOutOfMemory:
      self = .lost(.outOfMemory, reason: "killed by the system, which is short of memory")
    case .signalled(let number):
      let name = String(cString: strsignal(number))
      // All other signals are sent from outside: by a person, another program, or a limit of processor time.
      let reason = Self.ownFaults.contains(number) ? "crashed (\(name))" : "killed by signal \(number) (\(name))"
      self = .lost(.failed, reason: reason)
    case .exited where isFinished: self = .done
    case .exited(let code):
      let reading = dataset.flatMap { ReadingEnd(exitCode: code)?.message(path: $0, limits: .current) }
      self = .lost(.failed, reason: reading ?? "ended with code \(code)")
    }
  }
}

/// The progress of a child, derived from its events.
struct WorkProgress {
  var outcomes: [CellRecord.Outcome?]
  /// The cell whose round is in progress.
  var culprit: Int?
  var activity = Self.reading
  var isFinished = false

  private static let reading = "reading the dataset"

  /// Whether the child has not begun to build.
  var isReading: Bool { activity == Self.reading }

  init(count: Int) { outcomes = Array(repeating: nil, count: count) }

  /// - Parameter places: the positions of the order's cells in the build.
  mutating func note(_ event: WorkEvent, _ places: [Int], _ report: (Supervisor.Event) -> Void) {
    func end(_ cell: Int, _ outcome: CellRecord.Outcome) {
      outcomes[cell] = outcome
      report(.ended(cell: places[cell], outcome))
    }
    switch event {
    case .building:
      activity = "building"
      report(.building)
    case .round(let cell, let number):
      culprit = cell
      activity = "searching in round \(number)"
      report(.round(cell: places[cell], number: number))
    case .slice: break
    case .finishing:
      culprit = nil
      activity = "computing the figures"
    case .working(let text):
      culprit = nil
      activity = text
      report(.working(text))
    case .measured(let cell, let measurement, let file): end(cell, .measured(measurement, rawFile: file))
    case .failed(let cell, let error): end(cell, .ended(.failed, error: error))
    case .skipped(let cell, let reason): end(cell, .ended(.skipped, error: reason))
    case .buildFailed(let error):
      outcomes = outcomes.map { $0 ?? .ended(.failed, error: error) }
      isFinished = true
    case .waiting:
      culprit = nil
      activity = "waiting"
    case .finished: isFinished = true
    }
  }
}
