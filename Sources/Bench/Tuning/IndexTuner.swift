import VectorIndexes

/// Looks for the fastest setting of one index.
///
/// Builds are compared by successive halving: all of them over a part of the rows, the best quarter over four times as
/// many, and the best two over all rows. In each build the search settings are tried on a part of the queries; those of
/// the last builds are then measured on all queries. Source: Jamieson and Talwalkar, "Non-stochastic Best Arm
/// Identification and Hyperparameter Optimization", 2016, https://proceedings.mlr.press/v51/jamieson16.html.
struct IndexTuner {
  /// A build with its fastest measured settings that meet the requirement.
  struct Contender {
    let open: OpenBuild
    /// The settings that are nearly as fast as the fastest one, which comes first.
    var measurements: [CellMeasurement]

    var queriesPerSecond: Double { measurements[0].speed.queriesPerSecond }
  }

  /// One build over some of the rows.
  private struct Trial {
    let settings: TuningSpace.Settings
    let rows: Int
    let result: SettingSearch.Result
    /// The time of a build over all rows, as far as this one tells.
    let expectedSeconds: Double
    /// Whether a build over all rows is expected to keep the limits of memory and time.
    let keepsLimits: Bool

    var rank: (Double, Double) {
      (keepsLimits ? result.found.first?.queriesPerSecond ?? 0 : 0, result.highestBound)
    }
  }

  /// The number of builds over all rows.
  private static let finalists = 2
  /// The fraction of the builds that a pass leaves, and of the rows that it uses.
  private static let factor = 4
  /// A pass over fewer rows tells too little.
  private static let fewestRows = 2_000
  /// The fraction of the time in which all passes over a part of the rows must end.
  private static let trialShare = 0.5
  /// A limit that a build over all rows is expected to exceed by less than this factor is not held against it.
  private static let leeway = 1.5
  /// Settings that are slower than the fastest one of their build by more than this factor are not measured further.
  private static let nearlyAsFast = 0.9
  /// The greatest number of settings of a build that are nearly as fast.
  private static let mostSettings = 3
  /// The greatest number of measurements by which a setting is moved to the least value that reaches the recall.
  private static let mostMoves = 8

  private let run: TuningRun
  private let space: TuningSpace
  private let deadline: ContinuousClock.Instant
  private let trialDeadline: ContinuousClock.Instant

  /// - Parameter seconds: the time for this index.
  init(_ space: TuningSpace, of run: TuningRun, seconds: Double) {
    self.space = space
    self.run = run
    let now = ContinuousClock.now
    deadline = now + .seconds(seconds)
    trialDeadline = now + .seconds(seconds * Self.trialShare)
  }

  private var name: String { space.variant.name }

  /// Measures, and returns the best builds, the fastest first; their processes stay until the contenders are gone.
  ///
  /// - Throws: `LedgerError`.
  func tune() throws(LedgerError) -> [Contender] {
    var trials: [Trial] = []
    if space.builds.count > 1 {
      trials = self.trials()
      guard !trials.isEmpty else { return [] }
    }
    let finalists = trials.isEmpty ? [nil] : trials.prefix(Self.finalists).map(Optional.some)
    var contenders: [Contender] = []
    for trial in finalists {
      let settings = trial?.settings ?? space.builds[0]
      if let contender = try measure(settings, trial) { contenders.append(contender) }
    }
    return contenders.sorted { $0.queriesPerSecond > $1.queriesPerSecond }
  }

  // MARK: - Passes over a part of the rows

  /// The builds that are left after the passes, the best first.
  private func trials() -> [Trial] {
    var candidates = space.builds
    var trials: [Trial] = []
    var passes = [space.rows / (Self.factor * Self.factor), space.rows / Self.factor].filter { $0 >= Self.fewestRows }
    if passes.isEmpty { passes = [space.rows] }
    for rows in passes where candidates.count > Self.finalists || trials.isEmpty {
      var pass: [Trial] = []
      for (place, settings) in candidates.enumerated() {
        guard ContinuousClock.now < trialDeadline || pass.isEmpty else {
          run.remark(
            "\(name): \(candidates.count - place) of \(candidates.count) builds over \(rows) rows were not tried")
          break
        }
        if let trial = trial(settings, rows: rows, number: place + 1, of: candidates.count) { pass.append(trial) }
      }
      guard !pass.isEmpty else { return trials }
      trials = pass.sorted { $0.rank > $1.rank }
      candidates = trials.prefix(max(Self.finalists, (candidates.count + Self.factor - 1) / Self.factor)).map(
        \.settings)
    }
    return trials
  }

  private func trial(_ settings: TuningSpace.Settings, rows: Int, number: Int, of count: Int) -> Trial? {
    let parameters: Parameters
    do throws(IndexError) { parameters = try space.build(settings, rows: rows) } catch {
      run.remark("\(name): \(error)")
      return nil
    }
    let open = run.open(space, parameters, rows: rows)
    run.report(.trial(index: name, label: open.build.changedLabel, rows: rows, number: number, count: count))
    var cost: CellMeasurement.BuildCost?
    var failure: String?
    let result = SettingSearch(space: space, recall: run.request.requirement.recall).run { settings, rounds in
      probe(settings, rounds: rounds, on: open, until: trialDeadline, &cost, &failure)
    }
    guard let cost else {
      if let failure { run.remark("\(open.build.changedLabel) over \(rows) rows: \(failure)") }
      return nil
    }
    let share = Double(space.rows) / Double(rows)
    let requirement = run.request.requirement
    let bytes = requirement.memoryBytes.map { share * Double(cost.deployedBytes) <= Self.leeway * Double($0) }
    let seconds = requirement.buildSeconds.map { share * cost.seconds <= Self.leeway * $0 }
    return Trial(
      settings: settings, rows: rows, result: result, expectedSeconds: share * cost.seconds,
      keepsLimits: (bytes ?? true) && (seconds ?? true))
  }

  /// Measures search settings together on a part of the queries; `nil` for each that failed.
  private func probe(
    _ settings: [SettingSearch.Found], rounds: Int, on open: OpenBuild, until deadline: ContinuousClock.Instant,
    _ cost: inout CellMeasurement.BuildCost?, _ failure: inout String?
  ) -> [SettingSearch.Probe?] {
    // The first probe builds; without one there would be nothing to choose by.
    guard run.secondsLeft > 0, ContinuousClock.now < deadline || cost == nil else { return settings.map { _ in nil } }
    var cells: [PlannedCell] = []
    do throws(IndexError) {
      for setting in settings {
        cells.append(run.cell(open.build, try space.search(setting.settings, at: setting.position), rounds: rounds))
      }
    } catch {
      failure = "\(error)"
      return settings.map { _ in nil }
    }
    run.report(.probing(index: name, label: cells[0].cell.changedLabel))
    let share = (Double(run.queries) / Double(run.request.dataset.shape.queries)).squareRoot()
    return open.measure(cells, keys: nil, seconds: run.stepSeconds).map { outcome in
      switch outcome {
      case .measured(let measurement, _):
        cost = measurement.build
        let recall = measurement.quality.recall
        guard recall.isFinite else { return nil }
        // Over all queries the interval is narrower.
        let low = measurement.uncertainty.recall.low
        let bound = share < 1 ? recall - share * (recall - low) : low
        return SettingSearch.Probe(bound: bound, queriesPerSecond: measurement.speed.queriesPerSecond)
      case .ended(_, let error):
        failure = failure ?? error
        return nil
      }
    }
  }

  // MARK: - Builds over all rows

  /// Builds over all rows, and measures the best settings on all queries.
  ///
  /// - Parameter trial: what is known of the build; `nil` for the only build.
  private func measure(_ settings: TuningSpace.Settings, _ trial: Trial?) throws(LedgerError) -> Contender? {
    let parameters: Parameters
    do throws(IndexError) { parameters = try space.build(settings, rows: space.rows) } catch {
      run.remark("\(name): \(error)")
      return nil
    }
    let open = run.open(space, parameters, rows: space.rows)
    var records = run.records(of: open.build)
    if let contender = contender(open, records) { return contender }
    guard ContinuousClock.now < deadline, trial.map({ $0.expectedSeconds < run.secondsLeft }) ?? true else {
      let seconds = trial.map { ", which takes about \(Int($0.expectedSeconds.rounded(.up))) s" } ?? ""
      run.remark("\(open.build.changedLabel): no time was left for the build\(seconds)")
      return nil
    }
    run.report(.building(index: name, label: open.build.changedLabel))
    var cost: CellMeasurement.BuildCost?
    var failure: String?
    let known = trial.flatMap { $0.rows == space.rows ? $0.result : nil }
    let result =
      known
      ?? SettingSearch(space: space, recall: run.request.requirement.recall).run { settings, rounds in
        probe(settings, rounds: rounds, on: open, until: deadline, &cost, &failure)
      }
    guard let nearest = result.nearest else {
      try fail(open, failure ?? "no query has a true neighbour")
      return nil
    }
    guard let fastest = result.found.first else {
      _ = try record(nearest, on: open)
      return nil
    }
    for found in result.found
    where found.queriesPerSecond >= Self.nearlyAsFast * fastest.queriesPerSecond
      || contender(open, records) == nil
    {
      records += try moved(found, on: open)
    }
    return contender(open, records)
  }

  /// The build with the fastest of some records that meet the requirement.
  private func contender(_ open: OpenBuild, _ records: [CellRecord]) -> Contender? {
    let meeting = records.compactMap(\.measurement).filter { run.request.requirement.unmet(by: $0).isEmpty }
      .sorted { $0.speed.queriesPerSecond > $1.speed.queriesPerSecond }
    guard let first = meeting.first else { return nil }
    // A run that is continued may have measured a setting twice: alone, and with interleaved rounds.
    var seen: Set<Cell> = []
    let fast = meeting.filter {
      $0.speed.queriesPerSecond >= Self.nearlyAsFast * first.speed.queriesPerSecond && seen.insert($0.cell).inserted
    }
    return Contender(open: open, measurements: Array(fast.prefix(Self.mostSettings)))
  }

  /// Measures a setting on all queries, and moves it to the least value that reaches the recall there.
  private func moved(_ found: SettingSearch.Found, on open: OpenBuild) throws(LedgerError) -> [CellRecord] {
    var records: [CellRecord] = []
    var (position, missed, reached): (Int?, Int?, Int?) = (found.position, nil, nil)
    for step in 0..<Self.mostMoves {
      let setting = SettingSearch.Found(settings: found.settings, position: position)
      guard let record = try record(setting, on: open) else { return records }
      records.append(record)
      guard let measurement = record.measurement, let ladder = space.bisected?.ladder, let here = position else {
        return records
      }
      let unmet = run.request.requirement.unmet(by: measurement)
      // No other search setting makes the build smaller or faster.
      guard !unmet.contains(.memory), !unmet.contains(.build) else { return records }
      // Probes of all queries have shown already which value is the least one.
      if !unmet.contains(.recall), run.queries == run.request.dataset.shape.queries { return records }
      if unmet.contains(.recall) { missed = here } else { reached = here }
      switch (missed, reached) {
      case (let low?, let high?): position = ladder.between(low, high)
      case (nil, let high?): position = ladder.moved(high, by: -(1 << step))
      case (let low?, nil): position = ladder.moved(low, by: 1 << step)
      case (nil, nil): return records
      }
      guard position != nil else { return records }
    }
    return records
  }

  /// Measures search settings on all queries.
  private func record(_ setting: SettingSearch.Found, on open: OpenBuild) throws(LedgerError) -> CellRecord? {
    let parameters: Parameters
    do throws(IndexError) { parameters = try space.search(setting.settings, at: setting.position) } catch {
      run.remark("\(name): \(error)")
      return nil
    }
    let record = try run.measure(run.cell(open.build, parameters), on: open)
    if record == nil { run.remark("\(open.build.changedLabel): the time was over before its settings were measured") }
    return record
  }

  /// Records that a build failed, under the first of its search settings.
  private func fail(_ open: OpenBuild, _ failure: String) throws(LedgerError) {
    guard run.secondsLeft > 0 else {
      run.remark("\(open.build.changedLabel): the time was over before it was built")
      return
    }
    run.remark("\(open.build.changedLabel): \(failure)")
    guard let outcome = open.outcomes.first, case .ended = outcome,
      let search = try? space.search(space.searches[0], at: space.bisected?.start)
    else { return }
    let cell = run.cell(open.build, search)
    try run.record(outcome, of: cell, run.key(cell, of: open.build), open.build)
  }
}
