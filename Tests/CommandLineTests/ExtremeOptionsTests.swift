import Bench
import Foundation
import Reports
import Testing

@testable import RecallBenchCLI

/// Extreme values of every option: each is taken or refused, and none ends the program.
@Suite struct ExtremeOptionsTests {
  private static let values = [
    "0", "-1", "1", "+1", "00", "2147483647", "2147483648", "4294967296", "9223372036854775807", "9223372036854775808",
    "-9223372036854775808", "18446744073709551615", "18446744073709551616", "1e308", "1e999", "nan", "inf", "-inf",
    "0x10", "1.5", "", " ", "٣", "5124096h", "100000h", "0.0000000000001s", "9999999GiB", "1B",
    String(repeating: "9", count: 400), "1,2", ",", "99999999999G", "1e3k", "nlist=9223372036854775807", "nprobe=0",
    "refine=nan", "nprobe=", "=1",
    "nlist=\((1...2_000).map(String.init).joined(separator: ","))",
  ]

  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private static func values(of option: Option) -> [String] {
    guard case .integer(_, let range) = option.value else { return values }
    return values + [String(range.lowerBound), String(range.upperBound)]
  }

  /// Everything that says what is measured, as `plan` and `run` read it.
  @Test func optionsOfASweep() throws {
    let description = PlanCommand.description
    for option in description.options where option.value != .flag {
      for value in Self.values(of: option) {
        let words = [option.name, value, "--dataset", workspace.dataset, "--index", "ivf-pq"]
        do {
          let plan = try SweepRequest(try Arguments(words, of: description)).plan { _ in }
          if let seconds = plan.builds[0].limits.seconds { #expect(seconds * 1e9 < 0x1p63, "\(words)") }
          #expect(plan.estimate.searchSeconds.isFinite && !SweepExporter.text(plan).isEmpty)
        } catch {
          #expect(!"\(error)".contains { $0.isNewline }, "\(words)")
        }
      }
    }
  }

  /// Options of other commands whose values make no long work.
  @Test(arguments: [
    ["datasets ground-truth", "-k"], ["datasets ground-truth", "--limit"], ["datasets ground-truth", "--queries"],
    ["datasets ground-truth", "--threads"], ["datasets ground-truth", "--metric"], ["datasets convert", "--gzip"],
    ["history", "--last"], ["history", "--metric"], ["compare", "--at"], ["compare", "--base-index"],
  ])
  func optionsOfOtherCommands(names: [String]) throws {
    let command = try #require(RecallBench.commands.first { $0.description.name == names[0] })
    let option = try #require(command.description.options.first { $0.name == names[1] })
    let others: [String] =
      switch names[0] {
      case "datasets ground-truth": [workspace.dataset, "--out", workspace.path + "/truth.hdf5", "--force", "--quiet"]
      case "datasets convert": [workspace.dataset, workspace.path + "/x.hdf5", "--force", "--quiet"]
      case "compare": ["latest", "latest", "--out", workspace.output, "--to", "/dev/null"]
      default: ["--out", workspace.output, "--to", "/dev/null"]
      }
    if others.contains(workspace.output) {
      try #require(workspace.run(["--index", "flat", "--in-process", "--runs", "1"]) == .success)
    }
    for value in Self.values(of: option) {
      let code = RecallBench.run(names[0].split(separator: " ").map(String.init) + others + [option.name, value])
      #expect([.success, .failure, .usage].contains(code), "\(value)")
    }
  }
}
