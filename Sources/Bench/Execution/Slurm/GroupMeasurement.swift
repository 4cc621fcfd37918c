/// Measures the builds of one work order outside of a ledger: one build, several with interleaved rounds, or one with
/// two programs.
struct GroupMeasurement {
  let supervisor: Supervisor
  /// The base of a pair; the builds are then that of the base and that of the head.
  let pair: WorkFolder.Pair?
  /// The folder for raw results and temporary files.
  let folder: String

  /// - Parameter report: receives each event.
  /// - Returns: the outcome of each cell of each build.
  func measure(
    _ builds: [(build: SweepPlan.Build, identity: WorkOrder.Identity)], report: (Supervisor.Event) -> Void
  ) -> [[CellRecord.Outcome]] {
    if let pair, let program = supervisor.program, builds.count == 2 {
      let outcomes = PairSupervisor(programs: Sides(base: pair.base.launcher, head: program)).measure(
        builds[1].build, as: Sides(base: builds[0].identity, head: builds[1].identity), folder: folder,
        first: pair.first, report: report)
      return [outcomes.base, outcomes.head]
    }
    var outcomes = builds.map { [CellRecord.Outcome?](repeating: nil, count: $0.build.cells.count) }
    let measurable = builds.indices.filter { builds[$0].build.obstacle == nil }
    if measurable.count > 1, let program = supervisor.program {
      let together = TurnSupervisor(program: program, files: supervisor.files, folder: folder)
        .measure(measurable.map { builds[$0] }, begin: { _ in }, report: { _, event in report(event) })
      for (number, found) in zip(measurable, together) { outcomes[number] = found }
    }
    for (number, (build, identity)) in builds.enumerated() {
      let places = outcomes[number].indices.filter { outcomes[number][$0] == nil }
      guard !places.isEmpty else { continue }
      var missing = identity
      missing.keys = places.map { identity.keys[$0] }
      let found = supervisor.measure(
        build.serving(places.map { build.cells[$0] }), as: missing, folder: folder, dataset: nil, report: report)
      for (place, outcome) in zip(places, found) { outcomes[number][place] = outcome }
    }
    return outcomes.map { $0.compactMap { $0 } }
  }
}
