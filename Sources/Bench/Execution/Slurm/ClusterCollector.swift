import Datasets
import Files
import Foundation

/// Brings published results from a work folder into the ledger and the results folder.
///
/// Collecting again, or after having been killed, changes nothing: every cell keeps the moment at which its job finished
/// it, and a cell that the ledger has is not taken again.
struct ClusterCollector: OrderCollector {
  let recording: ClusterRecording
  let folder: WorkFolder
  let report: (SweepRunner.Event) -> Void
  /// The position of each cell in the plan.
  private let places: [CellKey: Place]

  private struct Place {
    let side: Int
    let build: Int
    let cell: Int
  }

  init(_ recording: ClusterRecording, folder: WorkFolder, report: @escaping (SweepRunner.Event) -> Void) {
    self.recording = recording
    self.folder = folder
    self.report = report
    var places: [CellKey: Place] = [:]
    for (side, keys) in recording.sides.map(\.keys).enumerated() {
      for (build, keys) in keys.enumerated() {
        for (cell, key) in keys.enumerated() { places[key] = Place(side: side, build: build, cell: cell) }
      }
    }
    self.places = places
  }

  /// Records the cells of an order's result.
  ///
  /// - Returns: whether the result was whole; a damaged one is put aside, and the order must be carried out again.
  /// - Throws: `ClusterError.ledger`, `.output`.
  func collect(_ number: Int) throws(ClusterError) -> Bool {
    let found = try folder.takeResult(number) { report(.progress(.working("\($0)"), cell: nil)) }
    guard let result = found else { return false }
    let placed = result.cells.compactMap { cell in places[cell.key].map { (place: $0, cell: cell) } }
    let wanted = Dictionary(grouping: placed) { [$0.place.build, $0.place.cell] }.filter { takes($0.value) }
    let taken = placed.filter { wanted[[$0.place.build, $0.place.cell]] != nil }
    for (place, cell) in taken {
      if let file = cell.rawFile { try bring(file, of: number) }
      recording.sides[place.side].recording.forget(cell.key)
    }
    for (cells, build, side) in parts(of: taken, by: \.place) {
      let part = side.recording.part(
        build.under(cells[0].cell.limits ?? build.limits), cells.map(\.cell.key), report)
      do throws(LedgerError) {
        try part.finish(cells.map(\.cell.outcome), finished: cells.map(\.cell.finished))
      } catch {
        throw .ledger(error)
      }
    }
    return true
  }

  /// Divides cells by their builds and sides, in the order of the plan.
  private func parts<Cell>(
    of cells: [Cell], by place: (Cell) -> Place
  ) -> [(cells: [Cell], build: SweepPlan.Build, side: ClusterRecording.Side)] {
    let groups = Dictionary(grouping: cells) { [place($0).build, place($0).side] }
    return groups.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { key, cells in
      let build = recording.plan.builds[key[0]]
      return (cells, build.serving(cells.map { build.cells[place($0).cell] }), recording.sides[key[1]])
    }
  }

  /// Whether the result of a cell belongs into the ledger: when it has none, or an older one of a cell that was not
  /// measured, such as one that Slurm was said to have stopped.
  ///
  /// The sides of a pair are decided together, because their rounds were interleaved: one that was not measured has both
  /// replaced. So has one that this result brought while the other is older: the process that took it was killed.
  ///
  /// - Parameter sides: the result on each side.
  private func takes(_ sides: [(place: Place, cell: WorkResult.Cell)]) -> Bool {
    var isNewer = false
    var isIncomplete = false
    for (place, cell) in sides {
      let side = recording.sides[place.side]
      guard let record = side.recording.records[cell.key] ?? side.known[cell.key] else { return true }
      let seconds = cell.finished.timeIntervalSince(record.finished)
      if seconds > 0.001 { isNewer = true }
      if record.status != .ok || abs(seconds) <= 0.001 { isIncomplete = true }
    }
    return isNewer && isIncomplete
  }

  private func bring(_ file: String, of number: Int) throws(ClusterError) {
    let target = "\(recording.ledger.folder)/\(file)"
    let bytes: Data
    do throws(LedgerError) { bytes = try RawResultFile.bytes(file, in: folder.result(number)) } catch {
      throw .ledger(error)
    }
    try WorkFolder.output { () throws(OutputError) in
      _ = try OutputFolder(creating: (target as NSString).deletingLastPathComponent)
      try OutputFile(target).write(bytes)
    }
  }

  /// Records what Slurm has done to an order instead of a result, with the limit that Slurm has kept.
  func record(_ order: WorkFolder.Order, _ stop: JobStop) throws(ClusterError) {
    let cells = order.keys.compactMap { key in places[key].map { (place: $0, key: key) } }
      .filter { recording.sides[$0.place.side].recording.records[$0.key] == nil }
    for (cells, build, side) in parts(of: cells, by: \.place) {
      var limits = build.limits
      let status: CellStatus
      switch stop {
      case .walltime(let seconds): (status, limits.walltimeSeconds) = (.timeout, seconds)
      // The node's memory was the limit, not that of the sweep.
      case .memory: (status, limits.memoryBytes) = (.outOfMemory, nil)
      }
      let part = side.recording.part(build.under(limits), cells.map(\.key), report)
      do throws(LedgerError) { try part.finish(cells.map { _ in .ended(status, error: stop.error) }) } catch {
        throw .ledger(error)
      }
    }
  }

  /// Compares the results of orders that were carried out twice.
  ///
  /// - Throws: `ClusterError.differingAnswers`, which names both results.
  func checkDuplicates() throws(ClusterError) {
    for number in folder.published().sorted() {
      let copies = folder.duplicates(number)
      guard !copies.isEmpty, let first = try? folder.readResult(at: folder.result(number)) else { continue }
      for copy in copies {
        guard let second = try? folder.readResult(at: copy) else { continue }
        let answers = Dictionary(second.cells.map { ($0.key, $0.answers) }) { $1 }
        for cell in first.cells {
          guard let one = cell.answers, let two = answers[cell.key] ?? nil, one != two else { continue }
          let label = cell.measurement.map { "\($0.variant): \($0.planned.label)" } ?? cell.key.short
          throw .differingAnswers(cell: label, first: folder.result(number), second: copy)
        }
      }
    }
  }

  /// Marks the cells of nodes whose reference search took unusually long or short.
  ///
  /// - Returns: these nodes, with the difference as a share.
  func markUnusualNodes() throws(ClusterError) -> [String: Double] {
    let measured = recording.sides.map { side in
      side.recording.records.values.compactMap { record in record.measurement.map { (record, $0) } }
    }
    var times: [String: [Double]] = [:]
    for (_, measurement) in measured.joined() {
      guard let node = measurement.provenance.node else { continue }
      times[node.name, default: []] += node.referenceSeconds
    }
    let unusual = ReferenceSearch.unusual(times)
    for (side, measured) in zip(recording.sides, measured) {
      var changed: [CellRecord] = []
      for (record, measurement) in measured {
        guard let node = measurement.provenance.node, let share = unusual[node.name],
          case .measured(var marked, let file) = record.outcome
        else { continue }
        marked.noise.removeAll { if case .unusualNode = $0 { true } else { false } }
        marked.noise.append(.unusualNode(name: node.name, share: share))
        changed.append(
          CellRecord(
            key: record.key, dataset: record.dataset, variant: record.variant, planned: record.planned,
            outcome: .measured(marked, rawFile: file), finished: record.finished, limits: record.limits))
      }
      do throws(LedgerError) { try side.recording.replace(changed) } catch { throw .ledger(error) }
    }
    return unusual
  }
}
