import Bench
import Dispatch
import Foundation
import Synchronization

/// Reports the progress of a sweep: a bar on a terminal, plain lines elsewhere, or nothing.
///
/// It is written here, because neither Swift nor Foundation has a progress bar.
final class ProgressReport: Sendable {
  enum Style: Sendable {
    case bar
    case lines
    case silent
  }

  private struct State {
    var activity = ""
    /// The name, in the sweep, of the index that is being built or searched.
    var variant = ""
    /// The number of cells of the current build.
    var cells = 0
    var rounds = 0
    var roundsBegun = 0
    var finished = 0
    /// The number of finished cells that an earlier run had measured, which took no time now.
    var kept = 0
    var hasEnded = false

    /// The number of finished cells, plus the finished fractions of those in progress.
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

  /// Reports how many cells need not be measured.
  func keep(_ cells: Int) {
    guard cells > 0 else { return }
    state.withLock {
      $0.finished += cells
      $0.kept += cells
    }
    if style == .lines { Console.note("\(cells)/\(self.cells) cells have ended before\n") }
  }

  /// Reports that a build begins.
  ///
  /// - Parameter cells: the number of its cells that will be measured.
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

  /// Reports the next step.
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

  /// Reports the result of a cell.
  func finish(_ record: CellRecord) {
    let finished = state.withLock {
      $0.finished += 1
      $0.cells = 0
      return $0.finished
    }
    guard style == .lines else { return }
    let name = "\(finished)/\(cells) \(names.whole(record))"
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

  /// Ends the report and clears the bar's line.
  func end() {
    state.withLock { state in
      if style == .bar, !state.hasEnded { Console.clearLine() }
      state.hasEnded = true
    }
  }

  /// Draws the bar repeatedly until the end.
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
    // The longest part comes last, because a narrow terminal should cut off parameters and not figures.
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
