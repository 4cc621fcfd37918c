import Bench
import Dispatch
import Foundation
import Synchronization

/// Tells how far a sweep is: a bar on a terminal, plain lines elsewhere, or nothing.
final class ProgressReport: Sendable {
  enum Style: Sendable {
    case bar
    case lines
    case silent
  }

  private struct State {
    var activity = ""
    /// What the sweep calls the index of the build under way.
    var variant = ""
    /// Of the build under way.
    var cells = 0
    var rounds = 0
    var roundsBegun = 0
    var finished = 0
    /// Of those finished, the ones that were measured before the run was resumed: they took no time.
    var kept = 0
    var hasEnded = false

    /// Cells done, with the parts of those under way.
    var done: Double {
      Double(finished) + Double(cells) * Double(max(roundsBegun - 1, 0)) / Double(max(cells * rounds, 1))
    }
  }

  private let style: Style
  private let cells: Int
  private let names: CellNames
  private let start = ContinuousClock.now
  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "progress")

  init(style: Style, plan: SweepPlan) {
    self.style = style
    cells = plan.cellCount
    names = CellNames(plan)
    if style == .bar { redraw() }
  }

  /// Says how many cells need not be measured.
  func keep(_ cells: Int) {
    guard cells > 0 else { return }
    state.withLock {
      $0.finished += cells
      $0.kept += cells
    }
    if style == .lines { Console.note("\(cells)/\(self.cells) cells have ended before\n") }
  }

  /// Says that a build begins, of which that many cells are to be measured.
  func begin(_ build: SweepPlan.Build, cells: Int) {
    state.withLock {
      $0.activity = names.build(build)
      $0.variant = build.variant
      $0.cells = cells
      $0.rounds = build.cells[0].options.rounds
      $0.roundsBegun = 0
    }
    if style == .lines { Console.note("building \(names.build(build)) on \(build.dataset.name)\n") }
  }

  /// Says what is done next.
  func show(_ event: Supervisor.Event, cell: PlannedCell?) {
    state.withLock { state in
      switch event {
      case .loading: state.activity = "reading the dataset"
      case .building: state.activity = "building"
      case .working(let activity): state.activity = activity
      case .ended: break
      case .round(_, let number):
        state.roundsBegun += 1
        state.activity = "round \(number)/\(state.rounds)  \(cell.map { names.cell(state.variant, $0) } ?? "")"
      case .restarting: state.roundsBegun = 0
      }
    }
    if style == .lines, case .restarting(let reason) = event {
      Console.note("\(reason): building again for the other cells\n")
    }
  }

  /// Says what came of a cell.
  func finish(_ record: CellRecord) {
    let finished = state.withLock {
      $0.finished += 1
      $0.cells = 0
      return $0.finished
    }
    guard style == .lines else { return }
    let name = "\(finished)/\(cells) \(names.cell(record))"
    if let measurement = record.measurement {
      let recall = String(format: "recall %.4f", measurement.quality.recall)
      let speed = String(format: "%.0f queries/s", measurement.speed.queriesPerSecond)
      let writes = measurement.workload?.writes.map { String(format: "%.0f inserts/s", $0.vectorsPerSecond) }
      let figures = (measurement.isSearched ? [recall, speed] : []) + [writes].compactMap { $0 }
      Console.note("\(name): \(figures.joined(separator: ", "))\n")
    } else {
      Console.note("\(name): \(record.status.rawValue): \(record.error)\n")
    }
  }

  /// Ends the report; the bar's line is free for others.
  func end() {
    state.withLock { state in
      if style == .bar, !state.hasEnded { Console.clearLine() }
      state.hasEnded = true
    }
  }

  /// Draws the bar, again and again until the end.
  private func redraw() {
    let hasEnded = state.withLock { state in
      if !state.hasEnded { Console.draw(line(state)) }
      return state.hasEnded
    }
    if !hasEnded { queue.asyncAfter(deadline: .now() + .milliseconds(500)) { [weak self] in self?.redraw() } }
  }

  private func line(_ state: State) -> String {
    var text = ""
    let measured = state.done - Double(state.kept)
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    if measured > 0 { text += "  \(Self.clock(elapsed / measured * (Double(cells) - state.done))) left" }
    // The longest part comes last: a narrow terminal cuts off parameters, not figures.
    return "[\(Self.bar(state.done / Double(max(cells, 1))))] \(state.finished)/\(cells)\(text)  \(state.activity)"
  }

  private static func bar(_ share: Double) -> String {
    let filled = Int((20 * min(max(share, 0), 1)).rounded())
    return String(repeating: "#", count: filled) + String(repeating: "-", count: 20 - filled)
  }

  /// Minutes and seconds, with hours where there are any: `1:02:03`.
  private static func clock(_ seconds: Double) -> String {
    let whole = Int(min(max(seconds, 0), 1e6).rounded())
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    let tail = String(format: "%02d", whole % 60)
    return hours > 0 ? String(format: "%d:%02d:", hours, minutes) + tail : "\(minutes):\(tail)"
  }
}
