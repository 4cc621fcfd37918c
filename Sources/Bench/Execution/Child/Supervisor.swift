import Datasets
import Foundation
import VectorSearch

/// Measures builds in child processes, so that one build may crash, hang or run out of memory without harm to the
/// others.
///
/// A child ends with this process, however this process ends.
public struct Supervisor: Sendable {
  /// Where builds are measured.
  public enum Place: Sendable {
    /// In child processes that run this program's executable.
    case children(program: String)
    /// In this process, for debugging. Limits do not apply, and a crash ends the sweep.
    case here
  }

  /// An event during the measurement.
  public enum Event: Sendable, Equatable {
    case loading
    case building
    /// A round of a cell begins; `cell` is its position in the build, `number` counts from 1.
    case round(cell: Int, number: Int)
    /// The work between rounds.
    case working(String)
    /// A cell has ended with this outcome.
    case ended(cell: Int, CellRecord.Outcome)
    /// The process ended during its work; the remaining cells of the build are measured in a new process.
    case restarting(reason: String)
  }

  typealias Outcome = CellRecord.Outcome

  private let place: Place
  /// Where indexes that live in files are stored; `nil` for temporary files in the sweep's folder.
  let files: IndexFiles?

  /// - Parameter files: where indexes that live in files are stored; `nil` for temporary files in the sweep's folder.
  public init(_ place: Place, files: IndexFiles? = nil) {
    self.place = place
    self.files = files
  }

  /// The program of the children; `nil` when this process measures.
  var program: String? {
    if case .children(let program) = place { program } else { nil }
  }

  /// The place of measurement as text, for the key of a cell, since figures depend on it.
  var setting: String {
    let process =
      switch place {
      case .children: "a process for each build"
      case .here: "in process"
      }
    if case .open = files { return "\(process), indexes opened" }
    return process
  }

  /// Measures the cells of a build.
  ///
  /// When a cell's rounds end the process, that cell fails and the others are measured in another process; when
  /// building ends the process, all cells fail.
  ///
  /// - Returns: the outcome of each cell of the build, in order.
  func measure(
    _ build: SweepPlan.Build, as identity: WorkOrder.Identity, folder: String, dataset: Dataset?,
    report: (Event) -> Void
  ) -> [Outcome] {
    var outcomes = [Outcome?](repeating: nil, count: build.cells.count)
    if let obstacle = build.obstacle { return outcomes.map { _ in .ended(.skipped, error: obstacle) } }
    while true {
      let places = outcomes.indices.filter { outcomes[$0] == nil }
      guard !places.isEmpty else { return outcomes.compactMap { $0 } }
      let order = WorkOrder(build, places: places, as: identity, folder: folder, files: files)
      var progress = WorkProgress(count: places.count)
      let fate: WorkerLink.Fate
      switch place {
      case .here:
        Worker(order: order, catalog: IndexCatalog(build.subject.type.map { [$0] } ?? []), loaded: dataset).run {
          progress.note($0, places, report)
        }
        fate = .done
      case .children(let program):
        let link = WorkerLink(program: program, order)
        fate = link.follow { event in link.progress.note(event, places, report) } ?? .done
        progress = link.progress
        // A killed process has not removed its temporary index.
        if let parent = order.files.parent { IndexFolder.removeAbandoned(in: parent) }
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
}
