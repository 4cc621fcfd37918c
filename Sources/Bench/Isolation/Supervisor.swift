import Datasets
import Foundation

/// Has builds measured, each in a child process that may crash, hang or run out of memory without harm to the others.
///
/// A child ends with this process, whatever ends it.
public struct Supervisor: Sendable {
  /// Where builds are measured.
  public enum Place: Sendable {
    /// In processes of this program's own executable.
    case children(program: String)
    /// In this one: for debuggers. Limits do not hold, and a crash ends the sweep.
    case here
  }

  /// What is going on.
  public enum Event: Sendable, Equatable {
    case loading
    case building
    /// A round of the build's cell of that place, from 1.
    case round(cell: Int, number: Int)
    /// It ended in the middle of something; what else there is of the build is measured in a new process.
    case restarting(reason: String)
  }

  /// How a cell ended.
  typealias Outcome = CellRecord.Outcome

  private let place: Place
  /// nil for temporary ones in the sweep's folder.
  private let files: IndexFiles?

  /// - Parameter files: where indexes that live in files have them; nil for a while in the sweep's folder.
  public init(_ place: Place, files: IndexFiles? = nil) {
    self.place = place
    self.files = files
  }

  /// Measures the cells of a build.
  ///
  /// Where a cell's rounds end the process, that cell is given up and the others are measured in another process; where
  /// building does, all are given up.
  ///
  /// - Returns: how each cell of the build ended, in its order.
  func measure(
    _ build: SweepPlan.Build, keys: [CellKey], provenance: Provenance, folder: String, run: Int, dataset: Dataset?,
    report: (Event) -> Void
  ) -> [Outcome] {
    var outcomes = [Outcome?](repeating: nil, count: build.cells.count)
    if let obstacle = build.obstacle { return outcomes.map { _ in .ended(.skipped, error: obstacle) } }
    while true {
      let places = outcomes.indices.filter { outcomes[$0] == nil }
      guard !places.isEmpty else { return outcomes.compactMap { $0 } }
      let order = WorkOrder(
        dataset: build.dataset, kind: build.type.declaration.kind, parameters: build.parameters,
        identity: Runner.Identity(
          variant: build.variant, datasetSHA256: build.dataset.sha256, provenance: provenance),
        limits: build.limits,
        cells: places.map { WorkOrder.Item(planned: build.cells[$0], key: keys[$0]) }, folder: folder,
        files: files ?? .temporary(parent: folder), run: run)
      var progress = Progress(count: places.count)
      let fate: Fate
      switch place {
      case .here:
        Worker(order: order, loaded: dataset).run { progress.note($0, places, report) }
        fate = .done
      case .children(let program):
        fate = follow(program, order, &progress) { $0.note($1, places, report) }
      }
      if case .done = fate {
        progress.outcomes = progress.outcomes.map { $0 ?? .ended(.failed, error: "its result did not arrive") }
      }
      for (place, outcome) in zip(places, progress.outcomes) where outcome != nil { outcomes[place] = outcome }
      if case .lost(let status, let reason) = fate {
        let given = progress.culprit.map { [places[$0]] } ?? places
        for place in given where outcomes[place] == nil {
          outcomes[place] = .ended(status, error: "\(reason) while \(progress.activity)")
        }
        if outcomes.contains(where: { $0 == nil }) { report(.restarting(reason: reason)) }
      }
    }
  }

  /// How a child ended.
  private enum Fate {
    case done
    case lost(CellStatus, reason: String)
  }

  /// How far a child is, as its events tell.
  private struct Progress {
    var outcomes: [Outcome?]
    /// The cell whose round is under way.
    var culprit: Int?
    var activity = "reading the dataset"
    var isFinished = false

    init(count: Int) { outcomes = Array(repeating: nil, count: count) }

    mutating func note(_ event: WorkEvent, _ places: [Int], _ report: (Event) -> Void) {
      switch event {
      case .building:
        activity = "building"
        report(.building)
      case .round(let cell, let number):
        culprit = cell
        activity = "searching in round \(number)"
        report(.round(cell: places[cell], number: number))
      case .finishing:
        culprit = nil
        activity = "computing the figures"
      case .measured(let cell, let measurement, let file): outcomes[cell] = .measured(measurement, rawFile: file)
      case .failed(let cell, let error): outcomes[cell] = .ended(.failed, error: error)
      case .buildFailed(let error):
        outcomes = outcomes.map { _ in .ended(.failed, error: error) }
        isFinished = true
      case .finished: isFinished = true
      }
    }
  }

  /// Starts a child, and reads what it says until it ends or takes too long.
  private func follow(
    _ program: String, _ order: WorkOrder, _ progress: inout Progress, note: (inout Progress, WorkEvent) -> Void
  ) -> Fate {
    guard let child = ChildProcess(program: program, words: [WorkerProcess.argument]) else {
      return .lost(.failed, reason: "no process could be started (\(String(cString: strerror(errno))))")
    }
    child.send(LedgerJSON.text(order))
    while true {
      switch child.nextLine(seconds: order.limits.seconds) {
      case .text(let line):
        // Libraries may print to standard output too.
        if let event: WorkEvent = try? LedgerJSON.value(line) { note(&progress, event) }
      case .end: return fate(of: child.wait(), progress, order.limits)
      case .timedOut:
        child.stop()
        _ = child.wait()
        return .lost(.timeout, reason: "more than \(Self.text(order.limits.seconds ?? 0)) s")
      }
    }
  }

  private func fate(of end: ChildProcess.End, _ progress: Progress, _ limits: Limits) -> Fate {
    let memory = limits.memoryBytes.map { "more than \($0 >> 20) MiB of memory" } ?? "no more memory"
    switch end {
    case .exited(code: WorkerProcess.outOfMemoryCode): return .lost(.outOfMemory, reason: memory)
    // The kernel's own way of ending who takes too much; nobody here has sent it.
    case .signalled(SIGKILL): return .lost(.outOfMemory, reason: "killed by the system, which is short of memory")
    case .signalled(let number):
      return .lost(.failed, reason: "crashed (\(String(cString: strsignal(number))))")
    case .exited where progress.isFinished: return .done
    case .exited(let code): return .lost(.failed, reason: "ended with code \(code)")
    }
  }

  private static func text(_ seconds: Double) -> String {
    seconds == seconds.rounded() ? String(Int(seconds)) : String(seconds)
  }
}
