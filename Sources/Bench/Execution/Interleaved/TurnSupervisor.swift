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

  /// One of the builds, with its process.
  private struct Side {
    let link: WorkerLink
    var isEnded = false
  }

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
    var sides: [Side] = []
    defer {
      for side in sides { side.link.stop() }
      if let parent = (files ?? .temporary(parent: folder)).parent { IndexFolder.removeAbandoned(in: parent) }
    }
    for (number, (build, identity)) in builds.enumerated() {
      begin(number)
      var order = WorkOrder(build, places: Array(build.cells.indices), as: identity, folder: folder, files: files)
      order.isPaced = true
      sides.append(Side(link: WorkerLink(program: program, order)))
      follow(number, &sides, report)
    }
    while let number = next(sides) {
      sides[number].link.takeTurn()
      follow(number, &sides, report)
    }
    return zip(builds, sides).map { build, side in outcomes(of: side.link, count: build.build.cells.count) }
  }

  private func follow(_ number: Int, _ sides: inout [Side], _ report: (Int, Supervisor.Event) -> Void) {
    let link = sides[number].link
    let places = Array(link.progress.outcomes.indices)
    let fate = link.follow { event in link.progress.note(event, places) { report(number, $0) } }
    sides[number].isEnded = fate != nil
  }

  /// The build whose turn it is: the earliest round first, and within a round the process with the most work left.
  private func next(_ sides: [Side]) -> Int? {
    let waiting = sides.indices.filter { !sides[$0].isEnded && sides[$0].link.turn != nil }
    return waiting.min { first, second in
      let (one, other) = (moment(of: sides[first].link), moment(of: sides[second].link))
      if one.round != other.round { return one.round < other.round }
      if one.share != other.share { return one.share < other.share }
      return one.round.isMultiple(of: 2) ? first > second : first < second
    }
  }

  /// The order of a turn: its round, and the fraction of the process's cells that have been measured in it.
  private func moment(of link: WorkerLink) -> (round: Int, share: Double) {
    guard case .round(let cell, let number)? = link.turn else { return (.max, 0) }
    let count = link.progress.outcomes.count
    let position = number.isMultiple(of: 2) ? count - 1 - cell : cell
    return (number, Double(position) / Double(count))
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
