/// The two sides of runs that are measured interleaved.
public enum WorkSide: String, Codable, Sendable, CaseIterable {
  case base, head

  var other: WorkSide { self == .base ? .head : .base }
}

/// Something of each side of a comparison.
public struct Sides<Value> {
  public var base: Value
  public var head: Value

  public init(base: Value, head: Value) {
    self.base = base
    self.head = head
  }

  public subscript(side: WorkSide) -> Value {
    get { side == .base ? base : head }
    set { if side == .base { base = newValue } else { head = newValue } }
  }
}

extension Sides: Sendable where Value: Sendable {}

/// Has a build measured by two programs at once, whose rounds take turns: what the machine does meanwhile hits both.
///
/// Each program builds in a process of its own, one after the other. Then round 1 of a cell is the base's and the head's,
/// round 2 the head's and the base's, and so on; who does not measure sleeps. An index that grows by steps does so on both
/// sides after each step.
/// Source: Abedi and Brecht, "Conducting Repeatable Experiments in Highly Variable Cloud Computing Environments", 2017,
/// doi:10.1145/3030207.3030229.
struct PairSupervisor: Sendable {
  let programs: Sides<String>

  /// Measures the cells of a build on both sides.
  ///
  /// A cell whose rounds end one of the processes is given up, and the others are measured in new ones; where building
  /// does, all are.
  ///
  /// - Parameter first: who builds first, and begins the odd rounds.
  /// - Returns: how each cell of the build ended, in its order.
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
    let declared = build.type.declaration.build + build.type.declaration.search
    let entries = build.parameters.entries + build.cells.flatMap(\.cell.search.entries)
    let defaults = Set(
      declared.filter { parameter in
        entries.allSatisfy { $0.name != parameter.name || $0.value == parameter.defaultValue }
      }.map(\.name))
    while true {
      let places = outcomes.indices.filter { outcomes[$0] == nil }
      guard !places.isEmpty else { break }
      func order(_ side: WorkSide) -> WorkOrder {
        var order = WorkOrder(build, places: places, as: identities[side], folder: folder, files: nil)
        (order.side, order.isPaced, order.defaults) = (side, true, defaults)
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
