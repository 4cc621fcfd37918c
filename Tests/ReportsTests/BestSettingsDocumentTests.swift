import TestSupport
import Testing

@testable import Bench
@testable import Reports

@Suite struct BestSettingsDocumentTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  @Test(arguments: [
    (Requirement(recall: 0.95), "recall of at least 0.95"),
    (
      Requirement(recall: 1, p99Milliseconds: 1, memoryBytes: 2_000_000_000, buildSeconds: 600),
      "recall of at least 1, p99 of at most 1.00 ms, at most 2000 MB, a build of at most 600 s"
    ),
  ])
  func aRequirementInWords(requirement: Requirement, words: String) { #expect(requirement.words == words) }

  private func lines(_ requirement: Requirement, _ cells: [FixtureCell]) throws -> [String] {
    let records = try cells.enumerated().map { try CellRecord.fixture($1, number: $0, folder: temporary.path) }
    let ledger = try Ledger(folder: temporary.path)
    let machine = Machine.current(provenance: try #require(records[0].measurement).provenance)
    try ledger.record(records, run: ledger.beginRun(command: "test", keys: records.map(\.key), machine: machine))
    return BestSettings(requirement, of: try LatestCells(ledger)).text.split(separator: "\n").map(String.init)
  }

  @Test func whatTheNoiseHidesIsNoDifference() throws {
    var quotient = try #require(Quotient(base: 100, head: 104))
    func sentence(_ interval: Interval?) -> String {
      quotient.interval = interval
      return BestSettings.Group.sentence("a", "b", quotient, recall: 0.9)
    }
    #expect(sentence(nil) == "a is 1.04 times as fast as b at recall 0.9")
    #expect(sentence(Interval(low: 1.02, high: 1.06)) == "a is 1.04 ± 0.02 times as fast as b at recall 0.9")
    #expect(
      sentence(Interval(low: 0.98, high: 1.1))
        == "a and b cannot be told apart: 1.04 ± 0.06 times as fast at recall 0.9")
  }

  @Test func theFastestComesFirstWithItsFiguresAndTheRatios() throws {
    let lines = try lines(
      Requirement(recall: 0.85),
      [
        FixtureCell(nprobe: 4, recall: 0.9, qps: 1000), FixtureCell(nprobe: 8, recall: 0.95, qps: 500),
        FixtureCell(variant: "hnsw", recall: 0.9, qps: 2000), FixtureCell(variant: "weak", recall: 0.8, qps: 9000),
      ])
    #expect(
      lines == [
        "photos, k = 10, single",
        "recall of at least 0.85",
        "index               recall     low  queries/s  at 0.85  p99 ms       MB  build s",
        "hnsw(nprobe=4)      0.9000  0.8900       2000     2000    1.00  0.00205     1.75",
        "ivf-flat(nprobe=4)  0.9000  0.8900       1000     1000    2.00  0.00205     1.75",
        "hnsw(nprobe=4) is 2.00 times as fast as ivf-flat(nprobe=4) at recall 0.85, measured apart",
        "weak has no setting that reaches it; the nearest is weak(nprobe=4): recall 0.8000, at least 0.7900",
      ])
  }

  @Test func aTableThatIsTooWideIsABlockForEachIndex() throws {
    let name = "a-name-of-18-chars"
    let lines = try lines(
      Requirement(recall: 0.85),
      [FixtureCell(variant: name, nprobe: 4, qps: 1000), FixtureCell(variant: name, nprobe: 8, qps: 900)])
    #expect(
      lines[2...] == [
        "\(name)(nprobe=4)", "  recall 0.9000, low 0.8900, queries/s 1000, at 0.85 1000, p99 ms 2.00",
        "  MB 0.00205, build s 1.75",
      ])
  }

  @Test func whereNothingReachesItThatIsSaid() throws {
    let lines = try lines(Requirement(recall: 0.85, p99Milliseconds: 0.5), [FixtureCell()])
    #expect(
      lines[2...] == [
        "no setting of any index reaches it",
        "ivf-flat has no setting that reaches it; the nearest is ivf-flat(nprobe=4): p99 2.00 ms",
      ])
  }
}
