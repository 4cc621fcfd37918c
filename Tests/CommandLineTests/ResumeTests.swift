import Foundation
import Testing
import VectorCore

/// Sweeps that are killed and continued. `RECALLBENCH_KILL_ROUNDS=50` for the full count.
@Suite struct ResumeTests {
  private let workspace: Workspace
  /// What does not depend on the clock; nor on the allocator, which rounds `index_bytes` up by 16 now and then.
  private static let columns = [
    "index", "build_parameters", "search_parameters", "k", "seed", "k-nn", "epsilon", "rel", "recall_ids", "distcomps",
    "candidates", "recall_low", "recall_high", "mode", "builds", "recall_sd_builds", "dataset_sha256",
  ]

  init() throws { workspace = try Workspace() }

  private func words(_ folder: String) -> [String] {
    [
      "run", "--dataset", workspace.dataset, "--out", folder, "--allow-debug", "--quiet", "--runs", "1", "--queries",
      "10",
      "--index", "flat", "--index", "ivf-flat", "--set", "nlist=2,4", "--set", "nprobe=1,2", "--builds", "2",
    ]
  }

  private func rows(_ folder: String) throws -> [[String]] {
    try workspace.rows(in: folder).map { row in Self.columns.map { row[$0] ?? "-" } }
  }

  @Test func aSweepKilledAtAnyMomentContinuesToTheSameRows() throws {
    let whole = "\(workspace.path)/whole"
    let start = ContinuousClock.now
    #expect(try Workspace.runProgram(words(whole)).code == 0)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let expected = try rows(whole)
    #expect(expected.count == 10)

    let count = ProcessInfo.processInfo.environment["RECALLBENCH_KILL_ROUNDS"].flatMap { Int($0) } ?? 2
    var random = SeededGenerator(seed: UInt64(count))
    for round in 0..<count {
      let folder = "\(workspace.path)/killed-\(round)"
      let process = try BuiltProgram.process(words(folder))
      try process.run()
      usleep(UInt32(random.nextUnit() * seconds * 1e6))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      let before = try finished(folder)

      let resumed = try Workspace.runProgram(words(folder) + ["--resume"])
      #expect(resumed.code == 0, "\(resumed.errors)")
      let rows = try rows(folder)
      #expect(rows == expected, "round \(round): \(zip(rows, expected).first { $0 != $1 }.map { "\($0)" } ?? "rows")")
      // Nothing that was finished was measured again.
      let after = try finished(folder)
      #expect(before.allSatisfy { after.contains($0) }, "round \(round)")
      let recomputed = try Workspace.runProgram(["export", "csv", "--recompute", "--out", folder])
      #expect(try recomputed.output == String(contentsOfFile: "\(folder)/results.csv", encoding: .utf8))
    }
  }

  /// The cells in the table, each with the moment it was finished.
  private func finished(_ folder: String) throws -> [[String]] {
    guard FileManager.default.fileExists(atPath: "\(folder)/results.csv") else { return [] }
    return try workspace.rows(in: folder).map { row in
      ["build_parameters", "search_parameters", "seed", "qps", "timestamp"].map { row[$0] ?? "-" }
    }
  }

  @Test func anUnfinishedSweepIsNotBegunAnewByMistake() throws {
    let lists = (1...300).map(String.init).joined(separator: ",")
    let endless =
      [
        "run", "--dataset", workspace.dataset, "--out", workspace.output, "--allow-debug", "--quiet", "--index",
        "ivf-flat",
      ]
      + ["--set", "nlist=\(lists)", "--queries", "5", "--runs", "1"]
    let process = try BuiltProgram.process(endless)
    try process.run()
    while process.isRunning, (try? workspace.rows().count) ?? 0 < 2 { usleep(10_000) }
    let second = try Workspace.runProgram(endless)
    #expect(second.code == 1 && second.errors.contains("another sweep is running into this folder"))
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()

    let small = endless.map { $0.hasPrefix("nlist=") ? "nlist=2" : $0 }
    let refused = try Workspace.runProgram(small)
    #expect(refused.code == 1 && refused.errors.contains("of 300 cells; --resume continues it, --force begins anew"))
    #expect(try Workspace.runProgram(small + ["--force"]).code == 0)
    #expect(try workspace.rows().count == 1)
    // A finished one may be repeated.
    #expect(try Workspace.runProgram(small).code == 0)
  }
}
