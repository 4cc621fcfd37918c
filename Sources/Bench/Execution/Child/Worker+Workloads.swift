import Datasets
import Files
import Foundation
import VectorIndexes

/// The work in each workload.
extension Worker {
  /// Where the true neighbours of filters and of the steps of runbooks are kept.
  private var truthFiles: TruthFiles { TruthFiles(folder: order.folder, cache: CacheFolder.current) }

  /// Builds an index over the whole dataset, and measures its searches.
  func search(
    _ subject: Subject, _ dataset: Dataset, as identity: Runner.Identity, _ send: (WorkEvent) -> Void
  ) throws(BenchError) {
    let options = order.cells[0].planned.options
    let sample = try order.sample.map { sample throws(BenchError) in
      try sample.taken(from: dataset, k: options.k, threads: options.buildThreads)
    }
    let indexed = sample.flatMap { $0.train.rows < dataset.train.rows ? $0 : nil } ?? dataset
    let runner = Runner(dataset: indexed, files: order.files)
    let built = try runner.build(subject, order.parameters, options: options, as: identity)
    var worker = self
    var places = order.cells.indices
    while true {
      let isProbe = worker.order.cells[places].contains { $0.isProbe == true }
      worker.measure(built, Array(places), over: isProbe ? sample ?? indexed : indexed, as: identity, send)
      guard sample != nil else { return }
      send(.waiting)
      guard let request: WorkRequest = try? LedgerJSON.value(nextLine()) else { return }
      places = worker.order.cells.count..<worker.order.cells.count + request.cells.count
      worker.order.cells += request.cells
      (worker.order.isPaced, worker.order.session) = (request.isPaced, request.session)
    }
  }

  /// Builds an index over the whole dataset with metadata, and measures its searches with each filter.
  ///
  /// A filter that cannot be asked of the dataset fails by itself; the others are measured.
  func filtered(
    _ subject: Subject, _ dataset: Dataset, as identity: Runner.Identity, _ send: (WorkEvent) -> Void
  ) throws(BenchError) {
    let options = order.cells[0].planned.options
    let k = order.cells.map(\.planned.options.k).max() ?? options.k
    let groups = order.groups.compactMap { places -> (places: [Int], choice: FilterChoice)? in
      guard case .filtered(let choice) = order.cells[places[0]].planned.options.stage else { return nil }
      return (places, choice)
    }
    send(.working("finding the rows that match"))
    let datasets = FilteredDatasets(
      dataset, about: order.dataset, choices: groups.map(\.choice), files: truthFiles, threads: options.buildThreads)
    var judged: [(places: [Int], filtered: FilteredDatasets.Judged)] = []
    for (places, choice) in groups {
      send(.working("finding the true neighbours of the filter \(choice)"))
      do throws(BenchError) { judged.append((places, try datasets.judged(choice, k: k))) } catch {
        for place in places { send(.failed(cell: place, error: "\(error)")) }
      }
    }
    guard !judged.isEmpty else { return }
    // The exact index is freed before the measured one is built.
    datasets.finishSearching()
    send(.building)
    let built = try Runner(dataset: dataset, metadata: datasets.metadata, files: order.files)
      .build(subject, order.parameters, options: options, as: identity)
    for (places, filtered) in judged {
      measure(built, places, over: filtered.dataset, filters: filtered.filters, as: identity, send)
    }
  }

  /// Grows an index while the distribution of its vectors drifts, and measures its searches after each step.
  func drift(
    _ subject: Subject, _ dataset: Dataset, as identity: Runner.Identity, _ send: (WorkEvent) -> Void
  ) throws(BenchError) {
    send(.working("ordering the rows"))
    let datasets = RunbookDatasets.drift(
      dataset, files: RunbookDatasets.StepFiles(title: "drift", about: order.dataset, files: truthFiles),
      threads: order.cells[0].planned.options.buildThreads)
    // Each step of a drift is an insertion and a search.
    try follow(datasets, subject, as: identity, stage: { .drift(step: $0 / 2, training: $1) }, send)
  }

  /// Follows the runbook of the cells, and measures searches at its searching steps.
  func runbook(
    _ subject: Subject, _ dataset: Dataset, as identity: Runner.Identity, _ send: (WorkEvent) -> Void
  ) throws(BenchError) {
    guard case .runbook(_, _, let reference) = order.cells[0].planned.options.stage else { return }
    let runbook: Runbook
    do throws(RunbookError) { runbook = try reference.read() } catch { throw .runbook(error) }
    let datasets = RunbookDatasets(
      runbook, of: dataset,
      files: RunbookDatasets.StepFiles(title: "runbook", about: order.dataset, files: truthFiles),
      threads: order.cells[0].planned.options.buildThreads)
    try follow(
      datasets, subject, as: identity, stage: { .runbook(step: $0, training: $1, of: reference) }, send)
  }

  /// Lets an index, once with each training, follow a runbook up to the last step with an unmeasured cell.
  ///
  /// - Parameter stage: the stage at a searching step of the runbook.
  private func follow(
    _ steps: RunbookDatasets, _ subject: Subject, as identity: Runner.Identity,
    stage: (_ step: Int, RunbookTraining) -> WorkloadStage, _ send: (WorkEvent) -> Void
  ) throws(BenchError) {
    var steps = steps
    let options = order.cells[0].planned.options
    let k = order.cells.map(\.planned.options.k).max() ?? options.k
    let places = Dictionary(order.groups.map { (order.cells[$0[0]].planned.options.stage, $0) }) { $0 + $1 }
    func group(_ step: Int, _ training: RunbookTraining) -> [Int]? { places[stage(step, training)] }
    let trainings = RunbookTraining.ways(of: subject).filter { training in
      steps.runbook.searches.contains { group($0, training) != nil }
    }
    var participants: [RunbookParticipant] = []
    for training in trainings {
      participants.append(
        try RunbookParticipant(
          subject, order.parameters, training, options: options, dimension: steps.vectors.columns,
          metric: order.dataset.shape.metric, folder: order.files.parent ?? order.folder))
    }
    let last = steps.runbook.searches.last { step in trainings.contains { group(step, $0) != nil } } ?? 0
    for (place, step) in steps.runbook.steps.prefix(last).enumerated() {
      let number = place + 1
      guard step == .search else {
        send(.working("following step \(number) of \(steps.runbook.steps.count)"))
        errno = 0
        for participant in participants.indices { try participants[participant].follow(step, steps.vectors) }
        continue
      }
      guard trainings.contains(where: { group(number, $0) != nil }) else { continue }
      send(.working("finding the true neighbours of step \(number)"))
      let stored = try steps.stored(at: number, k: k)
      for participant in participants.indices {
        guard let places = group(number, participants[participant].training) else { continue }
        send(.working("preparing the searches of step \(number)"))
        errno = 0
        let (built, figures) = try participants[participant].searched()
        measure(
          built, places, over: stored.dataset, numbers: stored.places, figures: figures, as: identity, send)
      }
    }
  }

  /// Writes into memtables while readers search, once for all phases of each setting.
  func ingest(
    _ subject: Subject, _ dataset: Dataset, as identity: Runner.Identity, _ send: (WorkEvent) -> Void
  ) throws(BenchError) {
    guard let type = subject.ingestingType else { throw .notWrittenWhileSearched(kind: subject.kind) }
    for places in settings {
      let planned = order.cells[places[0]].planned
      guard case .ingest(_, let options) = planned.options.stage else { continue }
      let workload = IngestWorkload(
        type: type, dataset: dataset, parameters: order.parameters, planned: planned, options: options,
        folder: order.files.parent ?? order.folder, disturbance: AnswerDisturbance(order.disturbances))
      let log: IngestWorkload.Log
      do throws(IndexError) {
        log = try workload.run { event in
          switch event {
          case .building(let rows): send(.working("building the base of \(rows) rows"))
          case .phase(let phase):
            send(.working(phase.activity))
            errno = 0
            let stage = WorkloadStage.ingest(phase: phase, options: options)
            for place in places where order.cells[place].planned.options.stage == stage {
              order.disturbances.strike(at: order.cells[place].planned.label)
            }
          }
        }
      } catch {
        throw .index(label: Cell.label(kind: order.kind, order.parameters.entries), error)
      }
      send(.working("judging the searches"))
      let measured = try workload.measurements(log, as: identity)
      for place in places {
        guard case .ingest(let phase, _) = order.cells[place].planned.options.stage else { continue }
        if let measurement = measured[phase] {
          send(.measured(cell: place, measurement, rawFile: nil))
        } else {
          send(.skipped(cell: place, reason: "no search was judged during the \(phase.rawValue) of a memtable"))
        }
      }
    }
  }

  /// Sends requests to an index at set rates, one rate after the other; the cells of a rate take turns round by round.
  func load(
    _ subject: Subject, _ dataset: Dataset, as identity: Runner.Identity, _ send: (WorkEvent) -> Void
  ) throws(BenchError) {
    let options = order.cells[0].planned.options
    guard case .load(let first) = options.stage else { return }
    // With insertions the index begins with half of the rows; the others are inserted.
    let storedRows = first.mix == nil ? dataset.train.rows : (dataset.train.rows + 1) / 2
    let stored = Dataset(
      name: dataset.name, path: dataset.path, metric: dataset.metric, train: dataset.train[rows: 0..<storedRows],
      test: dataset.test, groundTruth: dataset.groundTruth)
    let built = try Runner(dataset: stored, files: order.files)
      .build(subject, order.parameters, options: options, as: identity)
    let target = LoadTarget(
      searched: order.disturbances.disturbing(built).index,
      changed: first.mix == nil ? nil : built.index as? any ConcurrentlyMutableIndex, dataset: dataset,
      storedRows: storedRows)
    for places in order.groups {
      var loads = places.map { place -> LoadWorkload? in
        let planned = order.cells[place].planned
        guard case .load(let point) = planned.options.stage else { return nil }
        return LoadWorkload(planned, at: point, over: dataset, target)
      }
      for round in 1...max(options.rounds, 1) {
        // Even rounds run backwards, as those of searches do.
        let order = round.isMultiple(of: 2) ? Array(places.indices.reversed()) : Array(places.indices)
        for number in order where loads[number] != nil {
          let place = places[number]
          send(.round(cell: place, number: round))
          if self.order.isPaced { _ = nextLine() }
          errno = 0
          self.order.disturbances.strike(at: self.order.cells[place].planned.label)
          do throws(BenchError) { try loads[number]?.run(round) } catch {
            loads[number] = nil
            send(.failed(cell: place, error: "\(error)"))
          }
        }
      }
      send(.finishing(cell: places[0]))
      if order.isPaced { _ = nextLine() }
      for (load, place) in zip(loads, places) {
        guard let load else { continue }
        do throws(BenchError) {
          var measurement = try load.measurement(of: built, as: identity)
          measurement.session = order.session ?? order.cells[places[0]].key.short
          send(.measured(cell: place, measurement, rawFile: nil))
        } catch {
          send(.failed(cell: place, error: "\(error)"))
        }
      }
    }
  }

  /// The positions of the cells, grouped so that the cells of a group differ only by their stage.
  private var settings: [[Int]] {
    let cells = order.cells
    return Array(cells.indices).grouped { place in
      var options = cells[place].planned.options
      options.stage = nil
      return PlannedCell(cell: cells[place].planned.cell, options: options)
    }.map(\.elements)
  }

  /// Measures cells of an index in interleaved rounds, and reports each cell as soon as its raw results are on disk.
  ///
  /// - Parameters:
  ///   - places: the positions of the cells in the order.
  ///   - filters: the filter of each query; `nil` for searches without one.
  ///   - numbers: the row of each id in the dataset; `nil` when row i has id i.
  ///   - figures: further figures of this stage; `nil` for a finished index.
  private func measure(
    _ built: Runner.BuiltIndex, _ places: [Int], over dataset: Dataset, filters: QueryFilters? = nil,
    numbers: [Int32]? = nil, figures: WorkloadFigures? = nil, as identity: Runner.Identity,
    _ send: (WorkEvent) -> Void
  ) {
    let session = order.session ?? order.cells[places[0]].key.short
    Runner(dataset: dataset, numbers: numbers).measure(
      order.disturbances.disturbing(built), places.map { order.cells[$0].planned }, filters: filters, as: identity,
      inSlices: order.isSliced
    ) { step in
      switch step {
      case .round(let cell, let number):
        send(.round(cell: places[cell], number: number))
        if order.isPaced { _ = nextLine() }
        errno = 0
        order.disturbances.strike(at: order.cells[places[cell]].planned.label)
      case .slice(let cell, let round, let number):
        send(.slice(cell: places[cell], round: round, number: number))
        _ = nextLine()
      case .figures(let cell):
        guard cell == 0 else { return }
        send(.finishing(cell: places[0]))
        if order.isPaced { _ = nextLine() }
      }
    } end: { cell, result in
      do {
        var result = try result.get()
        let place = places[cell]
        let item = order.cells[place]
        result.measurement.workload =
          filters.map { WorkloadFigures(filter: $0.figures(k: item.planned.options.k)) } ?? figures
        result.measurement.session = session
        guard item.isProbe != true else { return send(.measured(cell: place, result.measurement, rawFile: nil)) }
        let file = RawResultFile.path(
          of: item.planned, variant: order.identity.variant, dataset: order.dataset.name, key: item.key,
          run: order.run)
        try RawResultFile.write(
          result.raw, of: result.measurement, key: item.key, to: "\(order.folder)/\(file)")
        send(.measured(cell: place, result.measurement, rawFile: file))
      } catch {
        send(.failed(cell: places[cell], error: "\(error)"))
      }
    }
  }
}

extension IngestPhase {
  /// The activity during the event, in words that follow "while".
  fileprivate var activity: String {
    if case .writing(let tenth) = self {
      "writing tenth \(tenth) of \(Self.tenths)"
    } else {
      "searching in the phase '\(rawValue)'"
    }
  }
}
