import Datasets
import Foundation
import VectorIndexes

/// What a child process is to build and measure; it arrives as one line of JSON on standard input.
struct WorkOrder: Codable, Sendable {
  var dataset: SweepDataset
  var kind: String
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
      dataset: build.dataset, kind: build.type.declaration.kind, parameters: build.parameters,
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

/// The two sides of runs that are measured interleaved.
public enum WorkSide: String, Codable, Sendable, CaseIterable {
  case base, head

  var other: WorkSide { self == .base ? .head : .base }
}

/// What a child process says, one line of JSON each.
enum WorkEvent: Codable, Sendable {
  /// The dataset is read, the index is being built.
  case building
  /// A round of the order's cell of that place begins; warming up is part of it.
  case round(cell: Int, number: Int)
  /// All rounds are done; the figures are computed.
  case finishing
  case measured(cell: Int, Measurement, rawFile: String)
  case failed(cell: Int, error: String)
  /// Nothing of it can be measured.
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
    guard let type = try? catalog.type(ofKind: order.kind) else {
      send(.buildFailed(error: "this program has no index \(order.kind); leave it out, or measure it by itself"))
      return
    }
    if let problem = order.misunderstanding(of: type.declaration) {
      send(.buildFailed(error: problem))
      return
    }
    let runner: Runner
    let built: Runner.BuiltIndex
    var identity = order.identity
    identity.provenance.disturbances = order.disturbances.map(\.description)
    do {
      runner = Runner(dataset: try loaded ?? order.dataset.load(folder: order.folder), files: order.files)
      send(.building)
      // What an allocation that failed and was dealt with has left behind must not explain a later crash.
      errno = 0
      order.disturbances.strike(at: Cell.label(kind: order.kind, order.parameters.entries))
      built = order.disturbances.disturbing(
        try runner.build(type, order.parameters, options: order.cells[0].planned.options, as: identity))
    } catch {
      send(.buildFailed(error: "\(error)"))
      return
    }
    let results = runner.measure(built, order.cells.map(\.planned), as: identity) { step in
      switch step {
      case .round(let cell, let number):
        send(.round(cell: cell, number: number))
        if order.isPaced { awaitTurn() }
        errno = 0
        order.disturbances.strike(at: order.cells[cell].planned.cell.label)
      case .figures(let cell):
        guard cell == 0 else { return }
        send(.finishing)
        if order.isPaced { awaitTurn() }
      }
    }
    for (place, result) in results.enumerated() {
      do {
        let result = try result.get()
        let item = order.cells[place]
        let file = RawResultFile.path(
          of: item.planned, variant: order.identity.variant, dataset: order.dataset.name, key: item.key,
          run: order.run)
        try RawResultFile.write(
          result.raw, of: result.measurement, key: item.key, to: "\(order.folder)/\(file)")
        send(.measured(cell: place, result.measurement, rawFile: file))
      } catch {
        send(.failed(cell: place, error: "\(error)"))
      }
    }
    send(.finished)
  }
}
