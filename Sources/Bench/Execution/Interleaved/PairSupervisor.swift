/// Measures a build with two programs at once in interleaved rounds, so that disturbances of the machine affect both.
///
/// Each program builds in its own process, one after the other. Then round 1 of a cell is measured first by the base,
/// then by the head, round 2 first by the head, then by the base, and so on; the process that does not measure sleeps.
/// A round of one thread is divided into slices of three milliseconds, in which both alternate (`SearchSession.round`).
/// An index that grows by steps grows on both sides after each step. Source: Abedi and Brecht, "Conducting Repeatable
/// Experiments in Highly Variable Cloud Computing Environments", 2017, doi:10.1145/3030207.3030229.
struct PairSupervisor: Sendable {
  let programs: Sides<String>

  /// Measures the cells of a build on both sides.
  ///
  /// When a cell's rounds end one of the processes, that cell fails and the others are measured in new processes; when
  /// building ends one, all cells fail.
  ///
  /// - Parameter first: the side that builds first and begins the odd rounds.
  /// - Returns: the outcome of each cell of the build, in order.
  func measure(
    _ build: SweepPlan.Build, as identities: Sides<WorkOrder.Identity>, folder: String, first: WorkSide,
    report: (Supervisor.Event) -> Void
  ) -> Sides<[CellRecord.Outcome]> {
    var outcomes = [Sides<CellRecord.Outcome>?](repeating: nil, count: build.cells.count)
    if let fault = build.dataset.fault {
      outcomes = outcomes.map { _ in Sides(base: .ended(.failed, error: fault), head: .ended(.failed, error: fault)) }
    } else if let obstacle = build.obstacle {
      outcomes = outcomes.map { _ in
        Sides(base: .ended(.skipped, error: obstacle), head: .ended(.skipped, error: obstacle))
      }
    }
    let parameters = [build.parameters] + build.cells.map(\.cell.search)
    let defaults = Set(parameters.flatMap(\.entries).map(\.name))
      .subtracting(parameters.flatMap(\.changed).map(\.name))
    while true {
      let places = outcomes.indices.filter { outcomes[$0] == nil }
      guard !places.isEmpty else { break }
      func order(_ side: WorkSide) -> WorkOrder {
        var order = WorkOrder(build, places: places, as: identities[side], folder: folder, files: nil)
        (order.side, order.isPaced, order.isSliced, order.defaults) = (side, true, true, defaults)
        return order
      }
      let orders = Sides(base: order(.base), head: order(.head))
      var pair = Pair(places: places, groups: orders.head.groups, first: first)
      pair.run(programs, orders: orders, report: report)
      IndexFolder.removeAbandoned(in: folder)
      for (place, outcome) in zip(places, pair.outcomes) where outcome != nil { outcomes[place] = outcome }
      if let reason = pair.loss, outcomes.contains(where: { $0 == nil }) { report(.restarting(reason: reason)) }
    }
    return Sides(base: outcomes.compactMap { $0?.base }, head: outcomes.compactMap { $0?.head })
  }
}

/// Two children whose rounds are interleaved.
private struct Pair {
  let places: [Int]
  /// The groups of cells in the orders that are interleaved, see `WorkOrder.groups`.
  let groups: [[Int]]
  let first: WorkSide
  /// The outcome at each position; `nil` for cells that will be measured again.
  private(set) var outcomes: [Sides<CellRecord.Outcome>?] = []
  /// The reason why cells will be measured again.
  private(set) var loss: String?

  init(places: [Int], groups: [[Int]], first: WorkSide) {
    self.places = places
    self.groups = groups
    self.first = first
  }

  /// Measures until both children are done or one of them has ended early.
  mutating func run(_ programs: Sides<String>, orders: Sides<WorkOrder>, report: (Supervisor.Event) -> Void) {
    var links: [WorkSide: WorkerLink] = [:]
    defer { for link in links.values { link.stop() } }
    for side in [first, first.other] {
      let link = WorkerLink(program: programs[side], orders[side])
      links[side] = link
      follow(link, side, report)
      if link.turn == nil {
        giveUp(after: link, side, partner: links[side.other])
        return
      }
    }
    while let side = next(links), let link = links[side] {
      link.takeTurn()
      follow(link, side, report)
      if case .lost = link.fate {
        giveUp(after: link, side, partner: links[side.other])
        return
      }
    }
    outcomes = places.indices.map { place in
      func outcome(_ side: WorkSide) -> CellRecord.Outcome {
        links[side]?.progress.outcomes[place] ?? .ended(.failed, error: "its result did not arrive")
      }
      return Sides(base: outcome(.base), head: outcome(.head))
    }
  }

  private func follow(_ link: WorkerLink, _ side: WorkSide, _ report: (Supervisor.Event) -> Void) {
    link.follow { event in
      link.progress.note(event, places) { event in
        // The rounds of one side are enough to report the progress of both.
        if case .round = event, side == .head { return }
        report(event)
      }
    }
  }

  /// The side whose turn it is; `nil` when both have ended.
  private func next(_ links: [WorkSide: WorkerLink]) -> WorkSide? {
    let waiting = [first, first.other].compactMap { side in
      links[side]?.turn.map { (side: side, place: place(of: $0), slice: slice(of: $0), isEven: isEven($0)) }
    }
    guard let one = waiting.first, let other = waiting.last, waiting.count == 2 else { return waiting.first?.side }
    if one.place != other.place { return one.place < other.place ? one.side : other.side }
    if one.slice != other.slice { return one.slice < other.slice ? one.side : other.side }
    return one.isEven ? other.side : one.side
  }

  /// The position of a turn in the order of all turns.
  ///
  /// Groups follow one another. Within a group, odd rounds run forwards over the cells, and even rounds backwards.
  private func place(of turn: WorkerLink.Turn) -> (group: Int, turn: Int) {
    func group(of cell: Int) -> Int { groups.firstIndex { $0.contains(cell) } ?? groups.count - 1 }
    switch turn {
    case .round(let cell, let number, _):
      let group = group(of: cell)
      let (count, position) = (groups[group].count, cell - groups[group][0])
      return (group, (number - 1) * count + (number.isMultiple(of: 2) ? count - 1 - position : position))
    case .figures(let cell): return (group(of: cell), .max)
    case .request: preconditionFailure("a child of a pair has one order")
    }
  }

  private func slice(of turn: WorkerLink.Turn) -> Int {
    if case .round(_, _, let slice) = turn { slice } else { 0 }
  }

  private func isEven(_ turn: WorkerLink.Turn) -> Bool {
    if case .round(_, let number, _) = turn { number.isMultiple(of: 2) } else { false }
  }

  /// Records the consequences of a side's end for both sides. When no cell caused it, all cells fail that have not
  /// ended on both sides.
  private mutating func giveUp(after link: WorkerLink, _ side: WorkSide, partner: WorkerLink?) {
    var (status, reason) = (CellStatus.failed, "ended early")
    if case .lost(let how, let why) = link.fate { (status, reason) = (how, why) }
    loss = "\(side.rawValue): \(reason)"
    outcomes = places.indices.map { place in
      func sides(_ own: CellRecord.Outcome, _ other: CellRecord.Outcome) -> Sides<CellRecord.Outcome> {
        side == .base ? Sides(base: own, head: other) : Sides(base: other, head: own)
      }
      let own = link.progress.outcomes[place]
      if let own, let other = partner?.progress.outcomes[place] { return sides(own, other) }
      guard (link.progress.culprit ?? place) == place else { return nil }
      return sides(
        own ?? .ended(status, error: "\(reason) while \(link.progress.activity)"),
        .ended(.skipped, error: "the \(side.rawValue) could not be measured beside it"))
    }
  }
}
