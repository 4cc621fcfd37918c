import Datasets
import Foundation
import TestSupport
import Testing
import VectorSearch

@testable import Bench

@Suite struct DisturbanceTests {
  @Test func listsAreReadAsTheyAreWritten() throws {
    let text = "crash@ivf-flat(nlist=8)|slow=1.5@head|recall-loss=0.25@base|kill@flat"
    let list = try #require(Disturbance.list(parsing: text))
    #expect(list.map(\.description).joined(separator: "|") == text)
    #expect(list.map { $0.concerns(.head) } == [true, true, false, true])
    #expect(Disturbance.list(parsing: "") == [])
  }

  @Test(arguments: ["crash", "slow@head", "slow=2@side", "slow=fast@head", "crash=2@flat", "melt@flat", "crash@a|b"])
  func whatIsNoDisturbanceIsNotPassedOver(text: String) {
    #expect(Disturbance.list(parsing: text) == nil)
  }

  /// The order alone decides, and what it measures says so.
  @Test func aDisturbedMeasurementTellsOfIt() throws {
    let temporary = try TemporaryFolder()
    let cell = try PlannedCell.fixture()
    var order = WorkOrder(
      dataset: .fixture(), kind: "exact", parameters: cell.cell.build, identity: RunnerTests.identity, limits: Limits(),
      cells: [.init(planned: cell, key: CellKey(cell, dataset: .fixture(), code: ""))], folder: temporary.path,
      files: .temporary(parent: temporary.path), run: 1)
    func measurement() throws -> CellMeasurement {
      var measured: CellMeasurement?
      Worker(order: order, catalog: IndexCatalog([ExactIndex.self]), loaded: .line()).run {
        if case .measured(_, let measurement, _) = $0 { measured = measurement }
      }
      return try #require(measured)
    }
    let honest = try measurement()
    #expect(honest.provenance.disturbances.isEmpty && honest.quality.recall == 1)
    order.disturbances = try #require(Disturbance.list(parsing: "recall-loss=1@head"))
    let disturbed = try measurement()
    #expect(disturbed.provenance.disturbances == ["recall-loss=1.0@head"] && disturbed.quality.recall == 0)
  }
}
