import Datasets
import Foundation
import VectorIndexes

/// What a child process is to build and measure; it arrives as one line of JSON on standard input.
struct WorkOrder: Codable, Sendable {
  var dataset: SweepDataset
  var kind: String
  /// Where the kind's code is; nil for one of the program's own.
  var foreign: ForeignSubject?
  var parameters: Parameters
  var identity: Runner.Identity
  var limits: Limits
  var cells: [Item]
  /// The ledger's; raw results go below it.
  var folder: String
  /// Where indexes that live in files have them.
  var files: IndexFiles
  /// Under which number the ledger has the run.
  var run: Int
  /// Which side of a comparison it is; a run on its own is a head.
  var side = WorkSide.head
  /// Whether a round begins, and the figures are computed, only when the parent has said so by a line.
  var isPaced = false
  var protocolVersion = WorkerGreeting.protocolVersion
  /// Names of parameters at their defaults: a program that does not know one does the same without it.
  var defaults: Set<String> = []
  /// What is to go wrong, for tests; the measurements of such an order say so.
  var disturbances: [Disturbance] = []

  /// One cell, and what it is called in the ledger.
  struct Item: Codable, Sendable {
    var planned: PlannedCell
    var key: CellKey
  }
}

extension WorkOrder {
  /// What the ledger calls a build's cells and where they come from.
  struct Identity: Sendable {
    /// One a cell of the build.
    var keys: [CellKey]
    var provenance: Provenance
    var run: Int
    var disturbances: [Disturbance] = []
  }

  /// Asks for the cells of a build that stand at these places.
  init(_ build: SweepPlan.Build, places: [Int], as identity: Identity, folder: String, files: IndexFiles?) {
    self.init(
      dataset: build.dataset, kind: build.subject.kind, foreign: ForeignSubject(build.subject),
      parameters: build.parameters,
      identity: Runner.Identity(
        variant: build.variant, datasetSHA256: build.dataset.sha256, provenance: identity.provenance),
      limits: build.limits, cells: places.map { Item(planned: build.cells[$0], key: identity.keys[$0]) },
      folder: folder, files: files ?? .temporary(parent: folder), run: identity.run,
      disturbances: identity.disturbances)
  }

  /// Where the parent's parameters are not those of this program's index, which may be of another commit; nil mostly.
  func misunderstanding(of declaration: IndexDeclaration) -> String? {
    let known = Set((declaration.build + declaration.search).map(\.name))
    let ordered = Set((parameters.entries + cells.flatMap(\.planned.cell.search.entries)).map(\.name))
    if let name = ordered.subtracting(known).subtracting(defaults).min() {
      return "\(side.rawValue): its \(kind) has no parameter \(name); leave it at its default"
    }
    if let name = known.subtracting(ordered).min() {
      return "\(side.rawValue): its \(kind) has a parameter \(name) that the other has not; compare two runs instead"
    }
    return nil
  }
}

extension WorkOrder {
  /// What is to be measured; nil where this program does not have it.
  func subject(of catalog: IndexCatalog) -> Subject? {
    if let foreign { return foreign.subject }
    return (try? catalog.type(ofKind: kind)).map { Subject($0) }
  }

  /// The order's dataset; a workload needs the vectors alone.
  func loadDataset() throws(DatasetError) -> Dataset {
    try cells[0].planned.options.stage == nil ? dataset.load(folder: folder) : dataset.loadVectors()
  }

  /// The places of the cells that are measured together, their rounds in turns: those of a stage.
  var groups: [[Int]] {
    cells.indices.reduce(into: []) { groups, place in
      if let last = groups.last?.last, cells[last].planned.options.stage == cells[place].planned.options.stage {
        groups[groups.count - 1].append(place)
      } else {
        groups.append([place])
      }
    }
  }
}

/// What a child process says, one line of JSON each.
enum WorkEvent: Codable, Sendable {
  /// The dataset is read, the index is being built.
  case building
  /// A round of the order's cell of that place begins; warming up is part of it.
  case round(cell: Int, number: Int)
  /// All rounds of the cells that take turns with this one, the first of them, are done; the figures are computed.
  case finishing(cell: Int)
  /// What is done between rounds, as `growing at step 3`.
  case working(String)
  case measured(cell: Int, CellMeasurement, rawFile: String?)
  case failed(cell: Int, error: String)
  /// There is nothing to measure.
  case skipped(cell: Int, reason: String)
  /// Nothing of it can be measured, or nothing further.
  case buildFailed(error: String)
  case finished
}

/// Builds one index and measures its cells, in this process.
struct Worker {
  let order: WorkOrder
  /// What the order's kind may name.
  let catalog: IndexCatalog
  /// In place of reading the order's dataset.
  var loaded: Dataset?
  /// Returns when the parent lets a paced child go on.
  var awaitTurn: () -> Void = {}

  /// - Parameter send: gets each event as it happens.
  func run(_ send: (WorkEvent) -> Void) {
    guard let subject = order.subject(of: catalog) else {
      send(.buildFailed(error: "this program has no index \(order.kind); leave it out, or measure it by itself"))
      return
    }
    if let problem = order.misunderstanding(of: subject.declaration) {
      send(.buildFailed(error: problem))
      return
    }
    var identity = order.identity
    identity.provenance.disturbances = order.disturbances.map(\.description)
    do {
      let dataset: Dataset
      if let loaded { dataset = loaded } else { dataset = try order.loadDataset() }
      send(.building)
      // What an allocation that failed and was dealt with has left behind must not explain a later crash.
      errno = 0
      order.disturbances.strike(at: Cell.label(kind: order.kind, order.parameters.entries))
      switch order.cells[0].planned.options.stage {
      case nil: try search(subject, dataset, as: identity, send)
      case .drift: try drift(subject, dataset, as: identity, send)
      case .ingest: try ingest(subject, dataset, as: identity, send)
      }
    } catch {
      send(.buildFailed(error: "\(error)"))
      return
    }
    send(.finished)
  }
}
