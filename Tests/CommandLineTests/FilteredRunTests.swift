import Bench
import Foundation
import Testing

@testable import RecallBenchCLI

/// `recallbench run --workload filtered` as a user runs it.
@Suite struct FilteredRunTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func words(_ words: [String]) -> [String] {
    [
      "run", "--dataset", workspace.dataset, "--out", workspace.output, "--allow-debug", "--quiet",
    ] + words
  }

  @Test func everyFilterIsACellWithAllThatOthersHave() throws {
    let ended = try Workspace.runProgram(
      words(["--index", "flat", "--filter", "10%", "--filter", "50% far", "--runs", "2", "-k", "3"]))
    #expect(ended.code == 0 && ended.errors.isEmpty, "\(ended.errors)")
    let rows = try workspace.rows()
    #expect(rows.map { $0["stage"] } == ["10%", "50% far"])
    #expect(rows.allSatisfy { $0["workload"] == "filtered" && $0["k-nn"] == "1.0" && $0["rounds"] == "2" })
    #expect(rows[0]["selectivity"] == "0.1" && rows[0]["matches"] == "40.0")
    #expect(rows.allSatisfy { $0["unmatched"] == "0" && $0["underfilled"] == "0" })
    let again = try Workspace.runProgram(["export", "csv", "--recompute", "--out", workspace.output])
    #expect(
      try again.code == 0
        && again.output == String(contentsOfFile: "\(workspace.output)/results.csv", encoding: .utf8),
      "\(again.errors)")
    let page = try String(contentsOfFile: "\(workspace.output)/report.html", encoding: .utf8)
    #expect(page.contains("figure-of-filtered-recall") && page.contains("figure-of-filtered-qps"))
    #expect(page.contains("--filter '50% far'"))
    let compared = try Workspace.runProgram(["compare", "latest", "latest", "--out", workspace.output])
    #expect(compared.code == 0 && compared.output.contains("\nflat, filter 50% far\n"), "\(compared.output)")
  }

  @Test(arguments: [
    ("", 0, "no regression"), ("recall-loss=0.05@head", 3, ": recall -"), ("slow=10@head", 3, ": qps -"),
  ])
  func besideAnotherProgramFiltersAreGated(faults: String, code: Int, finding: String) throws {
    // A speed is gated only where it is disturbed, because the machine may be busy.
    let tolerances = faults.hasPrefix("slow") ? "qps: 50%" : "recall: 0.1"
    let gated = try workspace.gateBesideItself(
      words([
        "--index", "flat", "--index", "ivf-flat", "--set", "nlist=4", "--set", "nprobe=4", "--filter", "10%",
        "--filter", "50% far", "--runs", "9",
      ]), faults: faults, tolerances: tolerances)
    #expect(Int(gated.code) == code, "\(faults):\n\(gated.output)")
    #expect(gated.output.contains(finding), "\(gated.output)")
    if code == 3 { #expect(gated.output.contains("filter ")) }
  }

  @Test func mistakesAreTold() throws {
    let before = try Workspace.runProgram(words(["--index", "flat", "--filter", "200%"]))
    #expect(before.code == 2 && before.errors.contains("filter '200%' is no share"), "\(before.errors)")
    let other = try Workspace.runProgram(
      [
        "run", "--dataset", workspace.dataset, "--index", "flat", "--workload", "drift", "--filter", "1%", "--out",
        workspace.output, "--allow-debug",
      ])
    #expect(
      other.code == 2 && other.errors.contains("--filter does not go with --workload drift"), "\(other.errors)")
    let ended = try Workspace.runProgram(
      words(["--index", "flat", "--filter", "price < 3", "--filter", "10%", "-k", "3", "--runs", "1"]))
    #expect(ended.errors.contains("has no metadata for the filter 'price < 3'"), "\(ended.errors)")
    #expect(try workspace.rows().map { $0["stage"] } == ["10%"])
  }
}
