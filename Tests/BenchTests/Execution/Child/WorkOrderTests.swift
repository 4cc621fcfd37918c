import Datasets
import Foundation
import TestSupport
import Testing
import VectorIndexes

@testable import Bench

@Suite struct WorkOrderTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func order(_ cells: [PlannedCell]) throws -> WorkOrder {
    WorkOrder(
      dataset: .fixture(), kind: "exact", parameters: cells[0].cell.build, identity: RunnerTests.identity,
      limits: Limits(), cells: cells.map { .init(planned: $0, key: CellKey($0, dataset: .fixture(), code: "")) },
      folder: temporary.path, files: .temporary(parent: temporary.path), run: 1)
  }

  @Test func everyCellsRawResultIsThereBeforeItIsReported() throws {
    let cells = [try PlannedCell.fixture(effort: 100), try .fixture(fault: "throw"), try .fixture(effort: 50)]
    var texts: [String] = []
    Worker(order: try order(cells), catalog: IndexCatalog([ExactIndex.self]), loaded: .line()).run { event in
      switch event {
      case .measured(let cell, let measurement, let file):
        #expect(FileManager.default.fileExists(atPath: "\(temporary.path)/\(file ?? "")"))
        texts.append("measured \(cell) \(measurement.cell.search.integer("effort"))")
      case .failed(let cell, let error): texts.append("failed \(cell) \(error.contains("asked to fail"))")
      case .round: break
      default: texts.append("\(event)")
      }
    }
    #expect(
      texts == [
        "building", "finishing(cell: 0)", "measured 0 100", "failed 1 true", "measured 2 50",
        "finished",
      ])
  }

  @Test func aPacedWorkerAsksBeforeEachRoundAndBeforeTheFigures() throws {
    var order = try order([.fixture(effort: 100), .fixture(effort: 50)])
    order.isPaced = true
    // Each turn notes how many events there were before it.
    nonisolated(unsafe) var events: [String] = []
    nonisolated(unsafe) var turns: [String] = []
    Worker(
      order: order, catalog: IndexCatalog([ExactIndex.self]), loaded: .line(),
      nextLine: {
        turns.append(events.last ?? "")
        return ""
      }
    ).run { events.append("\($0)") }
    let rounds = [1, 2, 3].flatMap { number in
      (number == 2 ? [1, 0] : [0, 1]).map { "round(cell: \($0), number: \(number))" }
    }
    #expect(turns == rounds + ["finishing(cell: 0)"])
  }

  /// A child with a sample measures one request after another on the same build, until it gets an empty line.
  @Test func aWorkerMeasuresFurtherCellsOnRequest() throws {
    var order = try order([.fixture(effort: 100)])
    order.cells[0].isProbe = true
    order.sample = DatasetSample(rows: 100, queries: 3)
    func item(_ effort: Int, isProbe: Bool?) throws -> WorkOrder.Item {
      let planned = try PlannedCell.fixture(effort: effort)
      return WorkOrder.Item(
        planned: planned, key: CellKey(planned, dataset: .fixture(), code: "\(effort)"), isProbe: isProbe)
    }
    let requests = [
      WorkRequest(cells: [try item(50, isProbe: nil)], isPaced: false, session: "together"),
      WorkRequest(cells: [try item(20, isProbe: true), try item(10, isProbe: true)], isPaced: false, session: nil),
    ]
    nonisolated(unsafe) var lines = requests.map { LedgerJSON.text($0) } + [""]
    var measured: [String] = []
    var builds = 0
    Worker(
      order: order, catalog: IndexCatalog([ExactIndex.self]), loaded: .line(), nextLine: { lines.removeFirst() }
    ).run { event in
      switch event {
      case .measured(let cell, let measurement, let file):
        measured.append("\(cell) \(measurement.dataset.queries) \(measurement.session == "together") \(file == nil)")
      case .building: builds += 1
      case .waiting: measured.append("waiting")
      default: break
      }
    }
    #expect(
      measured == [
        "0 3 false true", "waiting", "1 10 true false", "waiting", "2 3 false true", "3 3 false true", "waiting",
      ])
    #expect(builds == 1 && lines.isEmpty)
  }

  /// The rows that a sample leaves out are not indexed.
  @Test func aSampleOfTheRowsIsIndexedAlone() throws {
    var order = try order([.fixture(effort: 100)])
    order.cells[0].isProbe = true
    order.sample = DatasetSample(rows: 10, queries: 10)
    var rows: [Int] = []
    var recalls: [Double] = []
    Worker(order: order, catalog: IndexCatalog([ExactIndex.self]), loaded: .line()).run { event in
      guard case .measured(_, let measurement, _) = event else { return }
      rows.append(measurement.dataset.trainSize)
      recalls.append(measurement.quality.recall)
    }
    #expect(rows == [10] && recalls == [1])
  }

  @Test func anIndexThatTheProgramHasNotFailsTheBuild() throws {
    var order = try order([.fixture()])
    order.kind = "unheard-of"
    var events: [String] = []
    Worker(order: order, catalog: .standard).run { events.append("\($0)") }
    #expect(events.count == 1 && events[0].contains("this program has no index unheard-of"))
  }

  @Test func aParameterThatOneProgramHasNotIsNotPassedOver() throws {
    var order = try order([.fixture()])
    let declaration = ExactIndex.declaration
    #expect(order.misunderstanding(of: declaration) == nil)
    let fewer = IndexDeclaration(
      kind: "exact", summary: "", metrics: [], build: declaration.build, search: Array(declaration.search.dropLast()))
    #expect(order.misunderstanding(of: fewer) == "head: its exact has no parameter fault; leave it at its default")
    order.defaults = ["fault"]
    #expect(order.misunderstanding(of: fewer) == nil)
    let more = IndexDeclaration(
      kind: "exact", summary: "", metrics: [],
      build: declaration.build + [ParameterDeclaration("new", .integer(0...1), default: .integer(0), "new")],
      search: declaration.search)
    #expect(order.misunderstanding(of: more)?.contains("has a parameter new that the other has not") == true)
  }

  @Test func aDatasetThatIsGoneFailsTheBuild() throws {
    var errors: [String] = []
    Worker(order: try order([.fixture()]), catalog: IndexCatalog([ExactIndex.self])).run { event in
      if case .buildFailed(let error) = event { errors.append(error) }
    }
    #expect(errors == ["/line.hdf5: no such file; check the path"])
  }

  @Test func ordersAndEventsComeThroughAPipe() throws {
    let order = try order([.fixture()])
    let back: WorkOrder = try LedgerJSON.value(LedgerJSON.text(order))
    #expect(back.cells[0].planned == order.cells[0].planned && back.cells[0].key == order.cells[0].key)
    #expect(back.parameters == order.parameters && !LedgerJSON.text(order).contains("\n"))
    let event: WorkEvent = try LedgerJSON.value(
      LedgerJSON.text(WorkEvent.measured(cell: 3, try .fixture(), rawFile: "f")))
    guard case .measured(3, let measurement, rawFile: "f") = event else { throw CancellationError() }
    #expect(try measurement == .fixture())
  }
}
