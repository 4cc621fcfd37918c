import Bench
import Foundation
import Testing
import VectorCore

/// Sweeps that are killed and continued. `RECALLBENCH_KILL_ROUNDS=100` for the full count.
@Suite struct ResumeTests {
  private let workspace: Workspace
  /// What does not depend on the clock; nor on the allocator, which rounds `index_bytes` up by 16 now and then.
  private static let columns = [
    "index", "build_parameters", "search_parameters", "k", "seed", "k-nn", "epsilon", "rel", "recall_ids", "distcomps",
    "candidates", "recall_low", "recall_high", "mode", "builds", "recall_sd_builds", "dataset_sha256",
  ]

  init() throws { workspace = try Workspace() }

  private func words(_ folder: String, tag: String) -> [String] {
    [
      "run", "--dataset", workspace.dataset, "--out", folder, "--allow-debug", "--quiet", "--runs", "1", "--queries",
      "10", "--tag", tag,
      "--index", "flat", "--index", "ivf-flat", "--index", "ivf-pq", "--set", "nlist=2,4", "--set", "nprobe=1,2",
      "--set",
      "storage=lmdb", "--builds", "2",
    ]
  }

  private func rows(_ folder: String) throws -> [[String]] {
    try workspace.rows(in: folder).map { row in Self.columns.map { row[$0] ?? "-" } }
  }

  /// The cells of a folder's runs, each with the moment it was finished and the file with its raw results.
  private func cells(_ folder: String) throws -> [(run: Ledger.Run, cells: [String])] {
    let ledger = try Ledger(folder: folder)
    return try ledger.runs().map { run in
      (
        run,
        try ledger.records(of: run).map { record in
          guard case .measured(_, let file?) = record.outcome else { return "\(record.status)" }
          return "\(record.finished.timeIntervalSince1970) \(file)"
        }
      )
    }
  }

  /// A second night of a plan is killed at any moment and continued: its cells are those of a night that was left
  /// alone, each measured in it once, and the first night's are untouched.
  @Test func aNightKilledAtAnyMomentContinuesToItsOwnCells() throws {
    let folder = "\(workspace.path)/nights"
    let start = ContinuousClock.now
    #expect(try Workspace.runProgram(words(folder, tag: "night-0")).code == 0)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let expected = try rows(folder)
    #expect(expected.count == 18)

    let count = ProcessInfo.processInfo.environment["RECALLBENCH_KILL_ROUNDS"].flatMap { Int($0) } ?? 2
    var random = SeededGenerator(seed: UInt64(count))
    for round in 1...count {
      let nights = try cells(folder)
      let night = words(folder, tag: "night-\(round)")
      let process = try BuiltProgram.process(night)
      try process.run()
      usleep(UInt32(random.nextUnit() * seconds * 1e6))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      let killed = try cells(folder).dropFirst(nights.count).last?.cells ?? []

      let resumed = try Workspace.runProgram(night + ["--resume"])
      #expect(resumed.code == 0, "\(resumed.errors)")
      let rows = try rows(folder)
      #expect(rows == expected, "round \(round): \(zip(rows, expected).first { $0 != $1 }.map { "\($0)" } ?? "rows")")
      let after = try cells(folder)
      #expect(after.count == nights.count + 1 && after.dropLast().map(\.cells) == nights.map(\.cells))
      let last = try #require(after.last)
      #expect(last.run.tag == "night-\(round)" && last.run.ended != nil && last.run.machineAtEnd != nil)
      #expect(last.cells.count == 18 && last.cells.allSatisfy { $0.hasSuffix("_\(last.run.number).hdf5") })
      #expect(Array(last.cells.prefix(killed.count)) == killed, "round \(round): what was finished was measured again")
      let before = Set(nights.flatMap(\.cells))
      #expect(before.isDisjoint(with: last.cells), "round \(round): cells of another night")
      let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
      let leftovers = names.filter { $0.hasPrefix("index-") || $0.hasSuffix(".partial") }
      #expect(leftovers.isEmpty, "round \(round): \(leftovers)")
      let recomputed = try Workspace.runProgram(["export", "csv", "--recompute", "--out", folder])
      #expect(try recomputed.output == String(contentsOfFile: "\(folder)/results.csv", encoding: .utf8))
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

    let other = try Workspace.runProgram(endless + ["--resume", "--tag", "other"])
    #expect(
      other.code == 1 && other.errors.contains("run 1, which was interrupted, has no tag; resume it as it was begun"))
    let small = endless.map { $0.hasPrefix("nlist=") ? "nlist=2" : $0 }
    let refused = try Workspace.runProgram(small)
    #expect(refused.code == 1 && refused.errors.contains("of 300 cells; --resume continues it, --force begins anew"))
    let resumed = try Workspace.runProgram(small + ["--resume"])
    #expect(
      resumed.code == 1
        && resumed.errors.contains(
          "has other cells: its plan, its datasets or its libraries were others; resume")
    )
    #expect(try Workspace.runProgram(small + ["--force"]).code == 0)
    #expect(try workspace.rows().count { $0["run"] == "2" } == 1)
    // A finished one may be repeated, and is not measured again by resuming it.
    #expect(try Workspace.runProgram(small).code == 0)
    let timestamp = try workspace.rows().map { $0["timestamp"] }
    let finished = try Workspace.runProgram(small.filter { $0 != "--quiet" } + ["--resume"])
    #expect(
      finished.code == 0 && finished.errors.contains("run 3 is finished, nothing is measured; leave --resume out"))
    #expect(try workspace.rows().map { $0["timestamp"] } == timestamp)
  }
}
