import Foundation
import TestSupport
import Testing
import VectorCore
import VectorIndexes

@testable import Bench
@testable import Datasets

/// The workload `filtered` in this process.
@Suite struct FilteredTests {
  private struct Shop: MetadataSource {
    let rows = 1500
    let path = "/shop.parquet"

    func columns() -> [DatasetMetadata.Column] { [DatasetMetadata.Column(name: "price", kind: .integers)] }

    func values(of column: DatasetMetadata.Column) -> DatasetMetadata.Values {
      .integers((0..<1500).map { Int64($0) })
    }
  }

  /// 1500 vectors around 30 centres, and queries beside some of them.
  private static let dataset: Dataset = {
    var generator = SeededGenerator(seed: 3)
    func vector(near center: Int) -> [Float] {
      (0..<8).map { Float((center >> ($0 % 5)) & 1) * 10 + Float(generator.nextUnit()) }
    }
    let train = Matrix((0..<1500).map { vector(near: $0 % 30) })
    let conditions = (0..<20).map { FilterCondition.comparison(column: "price", .less, .init("\($0 * $0)")) }
    return Dataset(
      name: "shop", path: "/shop.hdf5", metric: .euclidean, train: train,
      test: Matrix((0..<20).map { vector(near: $0) }),
      groundTruth: .none, metadata: DatasetMetadata(Shop()), conditions: QueryConditions(conditions))
  }()

  private static var about: SweepDataset {
    SweepDataset(argument: "shop", path: "/shop.hdf5", sha256: "ab", shape: DatasetShape(dataset))
  }

  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func run(
    _ kinds: [String], _ filters: [String], _ settings: [Setting] = []
  ) throws -> [CellRecord] {
    var sweep = Sweep()
    sweep.workload = .filtered(try filters.map { try FilterChoice(parsing: $0) })
    sweep.rounds = 1
    sweep.modes = [.single, .batch]
    sweep.indexes = .variants(
      try IndexVariant.variants(
        of: kinds.map { Subject(try IndexCatalog.standard.type(ofKind: $0)) }, settings: settings))
    let plan = try SweepPlan(sweep, datasets: [Self.about])
    #expect(plan.builds.allSatisfy { $0.cells.allSatisfy { $0.options.mode == .single } })
    let runner = SweepRunner(
      plan, ledger: try Ledger(folder: temporary.path), supervisor: Supervisor(.here),
      provenance: Provenance(commit: "", cpu: "", system: ""))
    return try runner.run(.force, command: "test", load: { _ in Self.dataset }, report: { _ in })
  }

  @Test func anExactIndexFindsAllMatches() throws {
    let records = try run(
      ["flat", "ivf-flat"], ["10%", "1% near", "1% far", "price < 300"], [Setting("nlist", ["30"])])
    #expect(Set(records.map(\.key)).count == 8)
    for record in records {
      let measurement = try #require(record.measurement, "\(record.error)")
      let figures = try #require(measurement.workload?.filter)
      guard case .filtered(let choice) = measurement.options.stage else { throw FilterError.noQueryFilters(path: "") }
      let expected = "\(choice)" == "price < 300" ? 300.0 : "\(choice)" == "10%" ? 150 : 15
      #expect((expected...expected + 3).contains(figures.matches), "\(choice)")
      #expect(figures.unmatched == 0 && figures.underfilled == 0)
      #expect(Figure.selectivity.value(of: measurement) == .number(figures.matches / 1500))
      if record.variant == "flat" { #expect(measurement.quality.recall == 1) }
      #expect(measurement.quality.recall > 0.5, "\(record.variant) \(choice)")
    }
    let cells = CellNames(records.map { ($0.variant, $0.planned) })
    #expect(cells.cell("flat", records[1].planned) == "flat, filter 1% near")
  }

  /// Queries 0 to 3 have filters that accept 0, 1, 4 and 9 rows; the others accept at least 16.
  @Test func queriesWithFewMatchesAreCounted() throws {
    let measurement = try #require(try run(["flat"], ["queries"])[0].measurement)
    let figures = try #require(measurement.workload?.filter)
    #expect(figures.unmatched == 1 && figures.underfilled == 3 && figures.matches == 123.5)
    #expect(measurement.quality.recall == 1 && measurement.quality.unjudged == 1)
    #expect(measurement.speed.candidates == Double(1 + 4 + 9 + 16 * 10) / 20)
  }

  @Test func whatCannotBeAskedFailsAloneInOneLine() throws {
    let records = try run(["flat"], ["prize < 3", "price < x", "price < 0", "price < 50"])
    #expect(records.map(\.status) == [.failed, .failed, .failed, .ok])
    #expect(records[0].error == "shop: /shop.parquet has no column 'prize' for the filter 'prize < 3'; it has price")
    #expect(records[1].error.contains("holds integers, but the filter 'price < x' has 'x'; write a whole number"))
    #expect(records[2].error.contains("no row matches the filter 'price < 0'"))
  }

  @Test func theTrueNeighboursAreKeptAndDeriveTheFiguresAgain() throws {
    let records = try run(["flat"], ["10% near"])
    let folder = "\(temporary.path)/truth"
    let kept = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(kept.count == 1 && kept[0].hasPrefix("shop-filtered-"))
    for keepsTruth in [true, false] {
      if !keepsTruth { try FileManager.default.removeItem(atPath: folder) }
      let datasets = FilteredDatasets(
        Self.dataset, about: Self.about, choices: [.made(permille: 100, .near)],
        files: TruthFiles(folder: temporary.path, cache: nil, isWritten: false), threads: 1)
      let judged = try datasets.judged(.made(permille: 100, .near), k: 10).dataset
      #expect(try records[0].rederived(in: temporary.path, dataset: judged).outcome == records[0].outcome)
      #expect(FileManager.default.fileExists(atPath: folder) == keepsTruth)
    }
  }

  @Test func anIndexWithoutFiltersIsRefusedBeforeTheRun() throws {
    let code = ForeignCode.python(
      PythonKind(interpreter: "", interface: .adapter(library: "x", kind: "x"), version: ""))
    let subject = Subject(
      IndexDeclaration(kind: "x", summary: "", metrics: [.euclidean], build: [], search: []), foreign: code)
    var sweep = Sweep()
    sweep.workload = .filtered(FilterChoice.standard)
    sweep.indexes = .variants([try IndexVariant(subject)])
    #expect(throws: PlanError.workload(.notFiltered(kind: "x"))) { try SweepPlan(sweep, datasets: [Self.about]) }
  }
}
