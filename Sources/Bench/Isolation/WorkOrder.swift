import Datasets
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

  /// One cell, and what it is called in the ledger.
  struct Item: Codable, Sendable {
    var planned: PlannedCell
    var key: CellKey
  }
}

/// What a child process says, one line of JSON each.
enum WorkEvent: Codable, Sendable {
  /// The dataset is read, the index is being built.
  case building
  /// A round of the order's cell of that place begins; warming up is part of it.
  case round(cell: Int, number: Int)
  /// All rounds are done; the figures of the next cell are computed.
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
  var types: [any VectorIndex.Type] = IndexRegistry.all
  /// What is done at each step that the tests want to disturb.
  var faults = InjectedFaults.none
  /// In place of reading the order's dataset.
  var loaded: Dataset?

  /// - Parameter send: gets each event as it happens.
  func run(_ send: (WorkEvent) -> Void) {
    guard let type = types.first(where: { $0.declaration.kind == order.kind }) else {
      preconditionFailure("the parent knows an index \(order.kind)")
    }
    let runner: Runner
    let built: Runner.BuiltIndex
    do {
      runner = Runner(dataset: try loaded ?? order.dataset.load(folder: order.folder), files: order.files)
      send(.building)
      faults.strike(at: Cell.label(kind: order.kind, order.parameters.entries))
      built = try runner.build(type, order.parameters, options: order.cells[0].planned.options, as: order.identity)
    } catch {
      send(.buildFailed(error: "\(error)"))
      return
    }
    let results = runner.measure(built, order.cells.map(\.planned), as: order.identity) { step in
      switch step {
      case .round(let cell, let number):
        send(.round(cell: cell, number: number))
        faults.strike(at: order.cells[cell].planned.cell.label)
      case .figures: send(.finishing)
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
