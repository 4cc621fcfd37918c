import Foundation

/// A build in a child process that stays and measures further cells, until this object is gone.
final class OpenBuild {
  typealias Outcome = CellRecord.Outcome

  let build: SweepPlan.Build
  private let program: String
  private let files: IndexFiles
  private let folder: String
  private let sample: DatasetSample
  private let identity: WorkOrder.Identity
  /// The connection to the child; `nil` before the first cells are measured.
  private(set) var link: WorkerLink?

  /// - Parameters:
  ///   - build: the build; its cells are not measured unless `measure` is called with them.
  ///   - sample: the part of the dataset for probes; when it has fewer rows, only these are indexed.
  ///   - identity: the provenance and the run of the cells.
  ///   - folder: the ledger's folder.
  init(
    _ build: SweepPlan.Build, program: String, sample: DatasetSample, identity: WorkOrder.Identity, folder: String
  ) {
    self.build = build
    self.program = program
    self.sample = sample
    self.identity = identity
    self.folder = folder
    files = .temporary(parent: folder)
  }

  deinit {
    link?.stop()
    if let parent = files.parent { IndexFolder.removeAbandoned(in: parent) }
  }

  /// Whether the child can measure further cells.
  var isAlive: Bool { link?.turn == .request }

  /// Measures cells in interleaved rounds; builds first when nothing has been measured.
  ///
  /// - Parameters:
  ///   - keys: the keys of the cells; `nil` for probes, which use the sample's queries and keep no raw results.
  ///   - seconds: the time limit for the build, and for each round; `nil` for none.
  /// - Returns: the outcome of each cell, in order.
  func measure(
    _ cells: [PlannedCell], keys: [CellKey]?, seconds: Double?
  ) -> [Outcome] {
    begin(cells, keys: keys, seconds: seconds)
    return outcomes
  }

  /// Begins to measure cells, and returns when the child has measured them or, if it is paced, waits for its turn.
  ///
  /// - Parameter session: the session of rounds that are interleaved with those of other builds; the child is then
  ///   paced. `nil` for the cells of this build alone.
  func begin(
    _ cells: [PlannedCell], keys: [CellKey]?, session: String? = nil, seconds: Double?
  ) {
    let unnamed = CellKey(text: "")
    let items = cells.indices.map { place in
      WorkOrder.Item(planned: cells[place], key: keys?[place] ?? unnamed, isProbe: keys == nil)
    }
    if let link {
      link.seconds = seconds
      link.ask(WorkRequest(cells: items, isPaced: session != nil, session: session))
    } else {
      var order = WorkOrder(
        build.serving(cells), places: Array(cells.indices),
        as: WorkOrder.Identity(
          keys: items.map(\.key), provenance: identity.provenance, run: identity.run,
          disturbances: identity.disturbances), folder: folder, files: files)
      (order.cells, order.sample, order.isPaced, order.session) = (items, sample, session != nil, session)
      let link = WorkerLink(program: program, order)
      link.seconds = seconds
      self.link = link
    }
    follow()
  }

  /// Reads the child's events until it waits for something, or ends.
  func follow() {
    guard let link else { return }
    let places = Array(link.progress.outcomes.indices)
    link.follow { link.progress.note($0, places) { _ in } }
  }

  /// The outcomes of the cells that were measured last.
  var outcomes: [Outcome] {
    guard let link else { return [] }
    return link.current.map { place in
      if let outcome = link.progress.outcomes[place] { return outcome }
      guard case .lost(let status, let reason)? = link.fate else {
        return .ended(.failed, error: "its result did not arrive")
      }
      return .ended(status, error: "\(reason) while \(link.progress.activity)")
    }
  }
}
