import Foundation
import TestSupport
import Testing
import YAML

@testable import Bench

@Suite struct AcceptedChangeTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func report(
    _ base: [MadeUpCell], _ head: [MadeUpCell], _ configuration: GateConfiguration, baseCommit: String = "abc",
    isPaired: Bool = true
  ) throws -> GateReport {
    let base = try ComparedRun.fixture(in: temporary.path, number: 10, commit: baseCommit, base)
    let head = try ComparedRun.fixture(in: temporary.path, number: 11, pairedWith: isPaired ? 10 : nil, head)
    var options = Comparison.Options()
    options.recalls = configuration.recalls
    return Gate(
      configuration, Comparison(base: base, head: head, options: options), noise: NoiseFloor([base.records])
    ).judge()
  }

  private func slowed(_ factor: Double) -> MadeUpCell {
    MadeUpCell(microseconds: (0..<15).map { 100 * factor * (1 + 0.002 * Double($0 % 3)) })
  }

  private func read(_ text: String) throws -> GateConfiguration {
    try GateConfiguration(try YAMLParser.parse(text, source: "gate.yml"))
  }

  @Test func anAcceptedLossIsTheNewFloorOfItsBase() throws {
    var configuration = GateConfiguration()
    configuration.recalls = [0.9]
    let slower = try report([slowed(1)], [slowed(1.2)], configuration)
    #expect(slower.verdict == .regression)
    let new = configuration.accept(slower, day: "2026-11-29", reason: "checks the filter first")
    #expect(new.map(\.figure) == ["qps"] && new[0].parts.count == 1 && new[0].base == "abc")
    let again = try report([slowed(1)], [slowed(1.2)], configuration)
    #expect(again.verdict == .passed && again.accepted == new && again.findings.isEmpty)
    // The change itself is still told.
    #expect(abs((again.checks.first { $0.metric == "qps" }?.change ?? 0) - 1 / 1.2) < 1e-3)
    #expect(try report([slowed(1)], [slowed(1.24)], configuration).verdict == .passed)
    #expect(try report([slowed(1)], [slowed(1.3)], configuration).verdict == .regression)
    #expect(try report([slowed(1)], [slowed(1)], configuration).verdict == .improvement)
    // Another base has the change in it, or has nothing to do with it.
    let other = try report([slowed(1)], [slowed(1.2)], configuration, baseCommit: "def")
    #expect(other.verdict == .regression && other.accepted.isEmpty && other.acceptedOfOtherBases == 1)
  }

  @Test func anAcceptedGainRaisesTheFloor() throws {
    var configuration = GateConfiguration()
    let faster = try report([slowed(1.2)], [slowed(1)], configuration)
    #expect(faster.verdict == .improvement)
    _ = configuration.accept(faster, day: "2026-11-29", reason: "fewer copies")
    #expect(try report([slowed(1.2)], [slowed(1)], configuration).verdict == .passed)
    // As slow as the base is now too slow.
    #expect(try report([slowed(1.2)], [slowed(1.2)], configuration).verdict == .regression)
    // A later acceptance replaces the earlier one.
    let back = try report([slowed(1.2)], [slowed(1.2)], configuration)
    _ = configuration.accept(back, day: "2026-11-30", reason: "was wrong")
    #expect(configuration.accepted.map(\.date) == ["2026-11-30"])
    #expect(try report([slowed(1.2)], [slowed(1.2)], configuration).verdict == .passed)
  }

  @Test func recallAndSizesAndMissingCellsAreAcceptedToo() throws {
    var configuration = GateConfiguration()
    var worse = MadeUpCell(recalls: Array(repeating: 0.85, count: 40))
    worse.change = { $0.build.indexBytes = 1100 }
    let dropped = MadeUpCell(effort: 50)
    let base = [MadeUpCell(), dropped, MadeUpCell(effort: 25)]
    let head = [worse, MadeUpCell(effort: 50, status: .failed)]
    let lost = try report(base, head, configuration, isPaired: false)
    let new = configuration.accept(lost, day: "2026-11-29", reason: "smaller codes")
    #expect(Set(new.map(\.figure)) == ["recall", "index_bytes", "measured"])
    #expect(
      Set(new.flatMap(\.parts).map(\.amount).compactMap { if case .ending(let how) = $0 { how } else { nil } })
        == ["failed", "not asked for"])
    let again = try report(base, head, configuration, isPaired: false)
    #expect(again.count(.regression) == 0 && again.accepted.count == new.count)
    worse.recalls = Array(repeating: 0.84, count: 40)
    #expect(try report(base, [worse, head[1]], configuration, isPaired: false).count(.regression) == 1)
    // Another ending than the accepted one is reported.
    let timeout = try report(
      base, [head[0], MadeUpCell(effort: 50, status: .timeout)], configuration, isPaired: false)
    #expect(timeout.verdict == .regression)
  }

  private let file = """
    # What we let pass.
    tolerances:
      qps: 5%   # of each cell
      recall: 0.1

    # Fronts.
    at_recall: [0.9]
    """

  @Test func theFileKeepsEverythingElse() throws {
    var configuration = try read(file)
    let slower = try report([slowed(1)], [slowed(1.2)], configuration)
    _ = configuration.accept(slower, day: "2026-11-29", reason: "says \"no\": \\ and\n# more")
    let written = try configuration.text(updating: file, path: "gate.yml")
    #expect(written.hasPrefix(file + "\naccepted:\n  - dataset: \"line\"\n"))
    #expect(try read(written).accepted.map(\.reason) == configuration.accepted.map(\.reason))
    #expect(try report([slowed(1)], [slowed(1.2)], try read(written)).verdict == .passed)
    // The section is replaced where it is, and a file of another system keeps its line ends.
    let between = written.replacing("# Fronts.\nat_recall: [0.9]\n", with: "") + "\n# Fronts.\nat_recall: [0.9]\n"
    #expect(try configuration.text(updating: between, path: "gate.yml") == between)
    let windows = between.replacing("\n", with: "\r\n")
    #expect(try configuration.text(updating: windows, path: "gate.yml") == windows)
    configuration.accepted = []
    #expect(
      try configuration.text(updating: between, path: "gate.yml").hasSuffix(
        "recall: 0.1\n\n\n# Fronts.\nat_recall: [0.9]\n"))
  }

  @Test func aFileToWhichNothingCanBeAddedIsRefused() throws {
    var configuration = GateConfiguration()
    _ = configuration.accept(
      try report([slowed(1)], [slowed(1.2)], configuration), day: "2026-11-29", reason: "so")
    let error = #expect(throws: YAMLError.self) {
      try configuration.text(updating: "{tolerances: {qps: 5%}}\n", path: "gate.yml")
    }
    #expect(
      error?.description == "gate.yml:1:1: accepted changes cannot be added; write each key on a line of its own")
  }

  @Test(arguments: [
    ("change: -7.1", "a change like -7.1% or -0.5 points"), ("change: -100%", "a change like"),
    ("change: gone", "or ok, failed"), ("chnage: -7%", "unknown key 'chnage'"),
  ])
  func mistakesAreNamedWithTheirPlace(part: String, message: String) throws {
    let entry =
      "{dataset: d, index: i, figure: qps, k: 10, mode: single, threads: 1, base: abc, date: 2026-11-29, reason: so, "
    let error = #expect(throws: YAMLError.self) {
      try read("tolerances: {qps: 5%}\naccepted:\n  - \(entry)changes: [{of: flat, \(part)}]}\n")
    }
    #expect(error?.description.hasPrefix("gate.yml:3:") == true && error?.description.contains(message) == true)
  }
}
