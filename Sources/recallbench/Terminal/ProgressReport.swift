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
    /// The searches under way, nil while something else is done.
    var search: SearchProgress?
    /// Queries a round.
    var queries = 0
    /// Round and start of the round that the rate is counted from.
    var round = 0
    var roundStart = ContinuousClock.now
    var finished = 0
    var hasEnded = false
  }

  private let style: Style
  private let cells: Int
  private let rounds: Int
  private let start = ContinuousClock.now
  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "progress")

  /// - Parameters:
  ///   - cells: of the whole sweep.
  ///   - rounds: a cell.
  init(style: Style, cells: Int, rounds: Int) {
    self.style = style
    self.cells = cells
    self.rounds = rounds
    if style == .bar { redraw() }
  }

  /// Says what is done next; for searches, where to see how far they are, and how many queries a round has.
  func begin(_ activity: String, search: SearchProgress? = nil, queries: Int = 0) {
    state.withLock {
      $0.activity = activity
      $0.search = search
      $0.queries = queries
      $0.round = 0
      $0.roundStart = .now
    }
    if style == .lines, search == nil { Console.note(activity + "\n") }
  }

  /// Says what came of a cell.
  func finish(_ measurement: Bench.Measurement) {
    let finished = state.withLock {
      $0.finished += 1
      $0.search = nil
      return $0.finished
    }
    if style == .lines {
      let recall = String(format: "%.4f", measurement.quality.recall)
      let speed = String(format: "%.0f", measurement.speed.queriesPerSecond)
      Console.note("\(finished)/\(cells) \(measurement.cell.label): recall \(recall), \(speed) queries/s\n")
    }
  }

  /// Ends the report; the bar's line is free for others.
  func end() {
    state.withLock { state in
      if style == .bar, !state.hasEnded { Console.note("\r\u{1B}[K") }
      state.hasEnded = true
    }
  }

  /// Draws the bar, again and again until the end.
  private func redraw() {
    let hasEnded = state.withLock { state in
      if !state.hasEnded {
        Console.note("\r\(String(line(&state).prefix(max(Console.width - 1, 20))))\u{1B}[K")
      }
      return state.hasEnded
    }
    if !hasEnded { queue.asyncAfter(deadline: .now() + .milliseconds(200)) { [weak self] in self?.redraw() } }
  }

  private func line(_ state: inout State) -> String {
    var text = ""
    var done = Double(state.finished)
    if let search = state.search {
      let (round, answered) = (search.round, min(search.queries, state.queries))
      if round != state.round {
        state.round = round
        state.roundStart = .now
      }
      done +=
        Double(max(round - 1, 0) * state.queries + (round > 0 ? answered : 0))
        / Double(max(rounds * state.queries, 1))
      text = round == 0 ? "  warming up" : "  round \(round)/\(rounds)"
      let seconds = (ContinuousClock.now - state.roundStart) / .seconds(1)
      if answered > 0, seconds > 0.1 { text += String(format: "  %.0f queries/s", Double(answered) / seconds) }
    }
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    if done > 0 { text += "  \(Self.clock(elapsed / done * (Double(cells) - done))) left" }
    // The longest part comes last: a narrow terminal cuts off parameters, not figures.
    return "[\(Self.bar(done / Double(max(cells, 1))))] \(state.finished)/\(cells)\(text)  \(state.activity)"
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
