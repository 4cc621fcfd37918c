import Reports
import Testing

@testable import Bench

@Suite struct SuiteExporterTests {
  private func result(peer: String?) -> SuiteResult {
    var options = SuiteOptions()
    options.rounds = 3
    return SuiteResult(
      dataset: DatasetShape(
        name: "photos", metric: .euclidean, trainSize: 20_000, dimension: 128, queries: 1_000),
      options: options, nlist: 128, flatQueries: 500, peerName: peer,
      rows: [
        SuiteResult.Row(
          kind: "flat", figure: .speed(.single, recall: nil), ours: [8_000, 10_000, 9_000],
          peer: peer.map { _ in [2_000, 2_000, 3_000] }),
        SuiteResult.Row(kind: "ivf-flat", figure: .speed(.batch, recall: 0.95), ours: nil, peer: nil),
        SuiteResult.Row(
          kind: "ivf-flat", figure: .build, ours: [0.25, 0.5, 0.125], peer: peer.map { _ in [1, 1, 1] }),
      ])
  }

  private func fields(_ line: Substring) -> [String] {
    line.split(separator: "  ").map { $0.trimmed }.filter { !$0.isEmpty }
  }

  @Test func mediansSpreadsAndRatiosStandSideBySide() {
    let lines = SuiteExporter.text(result(peer: "parrot 1")).split(separator: "\n")
    #expect(lines.count == 5)
    #expect(lines[0].hasPrefix("photos: 20000 × 128, euclidean, 1000 queries (flat 500), k = 10, nlist = 128, "))
    #expect(fields(lines[1]) == ["index", "figure", "recall", "recallbench", "parrot 1", "ratio"])
    #expect(
      fields(lines[2]) == [
        "flat", "single, queries/s", "exact", "9000", "(8000–10000)", "2000", "(2000–3000)", "4.00", "(3.00–5.00)",
      ])
    #expect(fields(lines[3]) == ["ivf-flat", "batch, queries/s", "0.95", "not reached", "not reached"])
    #expect(
      fields(lines[4]) == [
        "ivf-flat", "build, s", "0.250", "(0.125–0.500)", "1.00", "(1.00–1.00)", "0.250", "(0.125–0.500)",
      ])
  }

  @Test func withoutAPeerTheColumnSaysSo() {
    let lines = SuiteExporter.text(result(peer: nil)).split(separator: "\n")
    #expect(lines.dropFirst(2).allSatisfy { $0.contains("no peer") })
  }

  @Test func programsGetOneLineARow() {
    let lines = SuiteExporter.csv([result(peer: "parrot 1"), result(peer: nil)]).split(separator: "\r\n")
    #expect(lines.count == 1 + 3 + 3)
    #expect(
      lines[1]
        == "photos,flat,qps,single,,128,10,3,1,9000.0,8000.0,10000.0,parrot 1,2000.0,2000.0,3000.0,4.0,3.0,5.0")
    #expect(lines[2] == "photos,ivf-flat,qps,batch,0.95,128,10,3,1,,,,parrot 1,,,,,,")
    #expect(lines[6] == "photos,ivf-flat,build,,,128,10,3,1,0.25,0.125,0.5,,,,,,,")
  }
}

extension Substring {
  fileprivate var trimmed: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}
