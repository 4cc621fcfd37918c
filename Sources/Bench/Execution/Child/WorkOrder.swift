import Datasets
import Foundation
import VectorIndexes

/// The order for a child process, which builds and measures; one line of JSON on its standard input.
struct WorkOrder: Codable, Sendable {
  var dataset: SweepDataset
  var kind: String
  /// The place of the kind's code; `nil` for one of the program's own kinds.
  var foreign: ForeignSubject?
  var parameters: Parameters
  var identity: Runner.Identity
  var limits: Limits
  var cells: [Item]
  /// The ledger's folder, below which raw results are stored.
  var folder: String
  /// Where indexes that live in files are stored.
  var files: IndexFiles
  /// The number of the run in the ledger.
  var run: Int
  /// The side of a comparison; a run on its own is a head.
  var side = WorkSide.head
  /// Whether the child waits for a line from the parent before each round and before computing the figures.
  var isPaced = false
  /// Whether a child that is paced also waits within rounds, between slices of three milliseconds.
  var isSliced = false
  /// The `CellMeasurement.session` of all cells; `nil` when only the cells of each stage are interleaved.
  var session: String?
  var protocolVersion = WorkerGreeting.protocolVersion
  /// The names of the parameters with default values; a program that lacks such a parameter behaves in the same way.
  var defaults: Set<String> = []
  /// Artificial faults, for tests; measurements of such an order record them.
  var disturbances: [Disturbance] = []
  /// The part of the dataset for probes, and the rows that are indexed. The child then stays, and measures the cells of
  /// one `WorkRequest` after another. `nil` when it only measures the cells of the order.
  var sample: DatasetSample?

  /// One cell, with its identity in the ledger.
  struct Item: Codable, Sendable {
    var planned: PlannedCell
    var key: CellKey
    /// Whether the cell is measured on the queries of `WorkOrder.sample`, without keeping raw results.
    var isProbe: Bool?
  }
}

extension WorkOrder {
  /// The identity of a build's cells in the ledger, and the run to which they belong.
  struct Identity: Sendable {
    /// The key of each cell of the build.
    var keys: [CellKey]
    var provenance: Provenance
    var run: Int
    var disturbances: [Disturbance] = []
  }

  /// Creates the order for the cells at some positions of a build.
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

  /// The difference between the parent's parameters and those of this program's index, which may come from another
  /// commit; `nil` when there is none.
  func misunderstanding(of declaration: IndexDeclaration) -> String? {
    let declared = declaration.build + declaration.search
    let known = Set(declared.map(\.name))
    let ordered = Set((parameters.entries + cells.flatMap(\.planned.cell.search.entries)).map(\.name))
    if let name = ordered.subtracting(known).subtracting(defaults).min() {
      return "\(side.rawValue): its \(kind) has no parameter \(name); leave it at its default"
    }
    if let name = Set(declared.filter { !$0.isOptional }.map(\.name)).subtracting(ordered).min() {
      return "\(side.rawValue): its \(kind) has a parameter \(name) that the other has not; compare two runs instead"
    }
    return nil
  }
}

extension WorkOrder {
  /// The subject to measure; `nil` when this program does not have it.
  func subject(of catalog: IndexCatalog) -> Subject? {
    if let foreign { return foreign.subject }
    return (try? catalog.type(ofKind: kind)).map { Subject($0) }
  }

  /// The positions of the cells that are measured together in interleaved rounds: the cells of each stage.
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

/// The events that a child process reports, one line of JSON each.
enum WorkEvent: Codable, Sendable {
  /// The dataset has been read, and the index is being built.
  case building
  /// A round begins, including its warm-up; `cell` is the position of its cell in the order.
  case round(cell: Int, number: Int)
  /// A further slice of a round begins, counted from 1.
  case slice(cell: Int, round: Int, number: Int)
  /// All rounds of a group of interleaved cells are done, and their figures are computed; `cell` is the first of the
  /// group.
  case finishing(cell: Int)
  /// The work between rounds, such as `following step 3 of 20`.
  case working(String)
  case measured(cell: Int, CellMeasurement, rawFile: String?)
  case failed(cell: Int, error: String)
  /// There is nothing to measure for this cell.
  case skipped(cell: Int, reason: String)
  /// No cell, or no further cell, can be measured.
  case buildFailed(error: String)
  /// All cells are measured, and the child waits for a `WorkRequest`.
  case waiting
  case finished
}

/// Builds one index and measures its cells, in this process.
struct Worker {
  /// The order, with the cells of all requests so far.
  var order: WorkOrder
  /// The kinds of index that the order may name.
  let catalog: IndexCatalog
  /// A dataset that is used instead of reading the order's dataset.
  var loaded: Dataset?
  /// Waits for the next line of the parent: an empty one that allows a paced child to continue, or a `WorkRequest`.
  var nextLine: () -> String = { "" }

  /// - Parameter send: receives each event when it occurs.
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
    identity.provenance = identity.provenance.disturbed(by: order.disturbances)
    do {
      let dataset =
        try loaded
        ?? order.dataset.load(folder: order.folder, withTruth: order.cells[0].planned.options.usesWholeTruth)
      send(.building)
      // A failed allocation that was handled earlier must not explain a later crash.
      errno = 0
      order.disturbances.strike(at: Cell.label(kind: order.kind, order.parameters.entries))
      switch order.cells[0].planned.options.stage {
      case nil: try search(subject, dataset, as: identity, send)
      case .filtered: try filtered(subject, dataset, as: identity, send)
      case .drift: try drift(subject, dataset, as: identity, send)
      case .ingest: try ingest(subject, dataset, as: identity, send)
      case .load: try load(subject, dataset, as: identity, send)
      case .runbook: try runbook(subject, dataset, as: identity, send)
      }
    } catch {
      send(.buildFailed(error: "\(error)"))
      return
    }
    send(.finished)
  }
}
