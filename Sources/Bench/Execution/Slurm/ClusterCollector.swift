import Datasets
import Files
import Foundation

/// Brings published results from a work folder into the ledger and the results folder.
///
/// Collecting again, or after having been killed, changes nothing: every cell keeps the moment at which its job finished
/// it, and a cell that the ledger has is not taken again.
struct ClusterCollector: OrderCollector {
  let runner: SweepRunner
  let recording: Recording
  let folder: WorkFolder
  /// The cells that the ledger had before this collector began, also those that will be measured again.
  let known: [CellKey: CellRecord]
  /// The position of each cell in the plan.
  private let places: [CellKey: (build: Int, cell: Int)]
  let report: (SweepRunner.Event) -> Void

  init(
    _ runner: SweepRunner, _ recording: Recording, folder: WorkFolder, known: [CellRecord],
    report: @escaping (SweepRunner.Event) -> Void
  ) {
    self.runner = runner
    self.recording = recording
    self.folder = folder
    self.known = Dictionary(known.map { ($0.key, $0) }) { $1 }
    self.report = report
    var places: [CellKey: (build: Int, cell: Int)] = [:]
    for (build, keys) in runner.keys.enumerated() {
      for (cell, key) in keys.enumerated() { places[key] = (build, cell) }
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
    var taken: [Int: [(place: Int, cell: WorkResult.Cell)]] = [:]
    for cell in result.cells {
      guard let place = places[cell.key], takes(cell) else { continue }
      if let file = cell.rawFile { try bring(file, of: number) }
      recording.forget(cell.key)
      taken[place.build, default: []].append((place.cell, cell))
    }
    for (number, cells) in taken.sorted(by: { $0.key < $1.key }) {
      let build = runner.plan.builds[number]
      let part = recording.part(
        build.serving(cells.map { build.cells[$0.place] }), cells.map(\.cell.key), report)
      do throws(LedgerError) {
        try part.finish(cells.map(\.cell.outcome), finished: cells.map(\.cell.finished))
      } catch {
        throw .ledger(error)
      }
    }
    return true
  }

  /// Whether the result of a cell belongs into the ledger: when it has none, or an older one of a cell that was not
  /// measured, such as one that Slurm was said to have stopped.
  private func takes(_ cell: WorkResult.Cell) -> Bool {
    guard let record = recording.records[cell.key] ?? known[cell.key] else { return true }
    return record.status != .ok && cell.finished.timeIntervalSince(record.finished) > 0.001
  }

  private func bring(_ file: String, of number: Int) throws(ClusterError) {
    let target = "\(runner.ledger.folder)/\(file)"
    let bytes: Data
    do throws(LedgerError) { bytes = try RawResultFile.bytes(file, in: folder.result(number)) } catch {
      throw .ledger(error)
    }
    try WorkFolder.output { () throws(OutputError) in
      _ = try OutputFolder(creating: (target as NSString).deletingLastPathComponent)
      try OutputFile(target).write(bytes)
    }
  }

  /// Records what Slurm has done to an order instead of a result.
  func record(_ order: WorkFolder.Order, _ status: CellStatus, error: String) throws(ClusterError) {
    let keys = order.keys.filter { places[$0] != nil && recording.records[$0] == nil }
    for (number, keys) in Dictionary(grouping: keys, by: { places[$0]?.build ?? 0 }).sorted(by: { $0.key < $1.key }) {
      let build = runner.plan.builds[number]
      let part = recording.part(
        build.serving(keys.compactMap { places[$0].map { build.cells[$0.cell] } }), keys, report)
      do throws(LedgerError) { try part.finish(keys.map { _ in .ended(status, error: error) }) } catch {
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
    let measured = recording.records.values.compactMap { record in record.measurement.map { (record, $0) } }
    var times: [String: [Double]] = [:]
    for (_, measurement) in measured {
      guard let node = measurement.provenance.node else { continue }
      times[node.name, default: []] += node.referenceSeconds
    }
    let unusual = ReferenceSearch.unusual(times)
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
    do throws(LedgerError) { try recording.replace(changed) } catch { throw .ledger(error) }
    return unusual
  }
}
