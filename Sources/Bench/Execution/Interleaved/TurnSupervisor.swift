/// Measures several builds over one dataset in interleaved rounds, each build in a process of its own.
///
/// Disturbances of the machine thus affect all builds alike. The indexes are built one after the other and stay in
/// memory until all rounds are done; processes that do not measure sleep. Round 1 of all cells comes first, then round
/// 2 in the opposite order, and so on. Source: Abedi and Brecht, "Conducting Repeatable Experiments in Highly Variable
/// Cloud Computing Environments", 2017, doi:10.1145/3030207.3030229.
struct TurnSupervisor {
  let program: String
  /// Where indexes that live in files are stored.
  let files: IndexFiles?
  /// The ledger's folder.
  let folder: String

  /// Measures all cells of the builds.
  ///
  /// - Parameters:
  ///   - begin: is called with a build's position before it is started.
  ///   - report: receives each event with the position of its build.
  /// - Returns: the outcome of each cell of each build; `nil` for cells that must be measured again, because another
  ///   cell of their build has ended its process.
  func measure(
    _ builds: [(build: SweepPlan.Build, identity: WorkOrder.Identity)], begin: (Int) -> Void,
    report: (Int, Supervisor.Event) -> Void
  ) -> [[CellRecord.Outcome?]] {
    var links: [WorkerLink] = []
    defer {
      for link in links { link.stop() }
      if let parent = (files ?? .temporary(parent: folder)).parent { IndexFolder.removeAbandoned(in: parent) }
    }
    for (number, (build, identity)) in builds.enumerated() {
      begin(number)
      var order = WorkOrder(build, places: Array(build.cells.indices), as: identity, folder: folder, files: files)
      (order.isPaced, order.session) = (true, builds[0].identity.keys[0].short)
      links.append(WorkerLink(program: program, order))
      follow(number, links[number], report)
    }
    while let number = TurnOrder.next(links) {
      links[number].takeTurn()
      follow(number, links[number], report)
    }
    return zip(builds, links).map { build, link in outcomes(of: link, count: build.build.cells.count) }
  }

  private func follow(_ number: Int, _ link: WorkerLink, _ report: (Int, Supervisor.Event) -> Void) {
    let places = Array(link.progress.outcomes.indices)
    link.follow { event in link.progress.note(event, places) { report(number, $0) } }
  }

  private func outcomes(of link: WorkerLink, count: Int) -> [CellRecord.Outcome?] {
    switch link.fate {
    case .lost(let status, let reason):
      let culprit = link.progress.culprit
      return link.progress.outcomes.enumerated().map { place, outcome in
        if let outcome { return outcome }
        guard culprit == nil || culprit == place else { return nil }
        return .ended(status, error: "\(reason) while \(link.progress.activity)")
      }
    case .done, nil:
      return link.progress.outcomes.map { $0 ?? .ended(.failed, error: "its result did not arrive") }
    }
  }
}
