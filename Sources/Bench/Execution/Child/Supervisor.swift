import Datasets
import Foundation
import VectorSearch

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
    /// What is done between rounds.
    case working(String)
    /// That is how the build's cell of that place ended.
    case ended(cell: Int, CellRecord.Outcome)
    /// It ended in the middle of something; what else there is of the build is measured in a new process.
    case restarting(reason: String)
  }

  /// How a cell ended.
  typealias Outcome = CellRecord.Outcome

  private let place: Place
  /// nil for temporary ones in the sweep's folder.
  let files: IndexFiles?

  /// - Parameter files: where indexes that live in files have them; nil for a while in the sweep's folder.
  public init(_ place: Place, files: IndexFiles? = nil) {
    self.place = place
    self.files = files
  }

  /// Of the children; nil where this process measures.
  var program: String? {
    if case .children(let program) = place { program } else { nil }
  }

  /// Where is measured, as far as figures depend on it, as text.
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
  /// Where a cell's rounds end the process, that cell is given up and the others are measured in another process; where
  /// building does, all are given up.
  ///
  /// - Returns: how each cell of the build ended, in its order.
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
        // A process that was ended from outside has not removed its index.
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
