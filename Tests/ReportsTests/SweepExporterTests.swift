import TestSupport
import Testing
import VectorIndexes

@testable import Bench
@testable import Reports

@Suite struct SweepExporterTests {
  private var plan: SweepPlan {
    get throws {
      var sweep = Sweep()
      sweep.ks = [1, 10]
      sweep.builds = 2
      sweep.seed = 7
      sweep.indexes = .variants(
        try IndexVariant.variants(
          of: [Subject(IVFFlatIndex.self)], settings: [Setting("nlist", ["8"]), Setting("nprobe", ["1", "2"])]))
      return try SweepPlan(sweep, datasets: [try CellRecord.fixture().dataset])
    }
  }

  @Test func aPlanIsOneLineABuildAndASum() throws {
    let lines = SweepExporter.text(try plan).split(separator: "\n")
    #expect(lines.count == 4)
    let fields = lines[1].split(separator: "  ").map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }
    #expect(
      fields == ["photos", "ivf-flat", "ivf-flat", "4", "1 10", "single", "1", "7"])
    #expect(
      lines[3].hasPrefix("8 cells of 2 builds, 3 rounds each; about 1 s of building and 2 s of searching"))
  }

  @Test func cellsAreNamedInFull() throws {
    let lines = SweepExporter.cells(try plan).split(separator: "\n")
    #expect(lines.count == 8)
    #expect(
      lines[0] == "photos: ivf-flat(nlist=8, train_size=0, niter=16, nprobe=1), k = 1, single, 1 thread, seed 7")
  }

  @Test func whatWasNotMeasuredAndWhatWasNoisyIsNamed() throws {
    let lines = SweepExporter.remarks([try .fixture(nprobe: 2), try .fixture(nprobe: 8, ended: .timeout)])
      .split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[0] == "timeout: ivf-flat(nprobe=8): more than 5 s")
    #expect(lines[1].hasPrefix("noisy: ivf-flat(nprobe=2): "))
  }

  @Test func whatIsOddAboutADatasetIsTold() throws {
    var record = try CellRecord.fixture()
    var dataset = record.dataset
    // Queries that are rows themselves.
    dataset.profile = try LedgerJSON.value(#"{"queries":12,"storedQueries":12}"#)
    let line =
      "photos: 12 of 12 queries are rows of 'train': their nearest neighbour, themselves, is easy to find; take "
      + "queries that are not stored"
    var sweep = Sweep()
    sweep.indexes = .variants([try IndexVariant(Subject(IVFFlatIndex.self))])
    #expect(SweepExporter.warnings(of: try SweepPlan(sweep, datasets: [dataset])) == "warning: \(line)\n")
    #expect(SweepExporter.warnings(of: try plan).isEmpty)
    record = CellRecord(
      key: record.key, dataset: dataset, variant: record.variant, planned: record.planned, outcome: record.outcome,
      finished: record.finished)
    let temporary = try TemporaryFolder()
    let run = try SweepReport.fixture([FixtureCell()], folder: temporary).run
    let report = SweepReport(run: run, records: [record, record], folder: temporary.path)
    #expect(report.warnings.first { $0.text.contains("other data") }?.details == [line])
  }

  @Test func queriesThatWereNotJudgedAreTold() throws {
    let record = try CellRecord.fixture()
    guard case .measured(var measurement, let file) = record.outcome else { return }
    measurement.noise = []
    measurement.quality.unjudged = 3
    let partly = CellRecord(
      key: record.key, dataset: record.dataset, variant: "", planned: record.planned,
      outcome: .measured(measurement, rawFile: file), finished: record.finished)
    let queries = measurement.dataset.queries
    #expect(
      SweepExporter.remarks([partly, partly])
        == "not judged: photos: 3 of \(queries) queries have no true neighbours and count in no figure of quality\n")
  }

  @Test func indexesWithFewerClustersThanAskedForAreTold() throws {
    var record = try CellRecord.fixture()
    guard case .measured(var measurement, let file) = record.outcome else { return }
    measurement.noise = []
    measurement.build.trainedLists = 3
    record = CellRecord(
      key: record.key, dataset: record.dataset, variant: "", planned: record.planned,
      outcome: .measured(measurement, rawFile: file), finished: record.finished)
    let label = Cell.label(kind: measurement.cell.kind, measurement.cell.build.entries)
    #expect(
      SweepExporter.remarks([record, record])
        == "clusters: photos, \(label): too few vectors to train on, nlist is 3\n")
    let temporary = try TemporaryFolder()
    let run = try SweepReport.fixture([FixtureCell()], folder: temporary).run
    let report = SweepReport(run: run, records: [record], folder: temporary.path)
    let warning = try #require(report.warnings.first { $0.text.contains("clusters") })
    #expect(warning.details == ["photos, \(label): too few vectors to train on, nlist is 3"])
    let figure = try #require(Figure.all.first { $0.column == "trained_nlist" })
    #expect(figure.value(of: measurement) == .integer(3))
  }

  @Test func aQuietSweepNeedsNoRemarks() throws {
    let record = try CellRecord.fixture()
    guard case .measured(var measurement, let file) = record.outcome else { return }
    measurement.noise = []
    let quiet = CellRecord(
      key: record.key, dataset: record.dataset, variant: "", planned: record.planned,
      outcome: .measured(measurement, rawFile: file), finished: record.finished)
    #expect(SweepExporter.remarks([quiet]).isEmpty)
  }
}
