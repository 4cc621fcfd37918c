import Foundation
import Testing

/// Sweeps whose measuring processes crash, hang or eat memory, by the test hook of `InjectedFaults`.
@Suite struct IsolationTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  @Test func everyOtherCellIsMeasuredWhateverHappensToSome() throws {
    func label(_ nlist: Int, _ nprobe: Int? = nil) -> String {
      "ivf-flat(nlist=\(nlist), train_size=0, niter=16\(nprobe.map { ", nprobe=\($0)" } ?? ""))"
    }
    let faults = ["crash@\(label(2, 2))", "hang@\(label(4, 1))", "eat@\(label(8))", "crash@\(label(16))"]
    let ended = try Workspace.runProgram(
      [
        "run", "--dataset", workspace.dataset, "--out", workspace.output, "--allow-debug", "--index", "flat", "--index",
        "ivf-flat", "--set", "nlist=2,4,8,16,32", "--set", "nprobe=1,2", "--runs", "1", "--queries", "5", "--timeout",
        "3s", "--memory", "400MiB",
      ], environment: ["RECALLBENCH_TEST_FAULTS": faults.joined(separator: "|")])
    #expect(ended.code == 1)
    #expect(ended.errors.contains("recallbench: 6 of 11 cells could not be measured"))
    let measured = try workspace.rows().map {
      "\($0["build_parameters"]?.prefix(8) ?? "") \($0["search_parameters"] ?? "")"
    }
    #expect(
      measured == [" ", "nlist=2  nprobe=1", "nlist=4  nprobe=2", "nlist=32 nprobe=1", "nlist=32 nprobe=2"])
    for (cell, status) in [
      (label(2, 2), "failed: crashed"), (label(4, 1), "timeout: more than 3 s while searching"),
      (label(8, 1), "out-of-memory: more than 400 MiB of memory while building"), (label(8, 2), "out-of-memory: "),
      (label(16, 1), "failed: crashed"), (label(16, 2), "failed: crashed"),
    ] {
      let short = cell.replacing("train_size=0, niter=16, ", with: "")
      #expect(ended.errors.contains("11 \(short): \(status)"), "\(short)")
    }
  }

  /// The peak is the child's own: not that of the parent, which reads the dataset too.
  @Test func everyBuildHasItsOwnPeakOfMemory() throws {
    let ended = try Workspace.runProgram([
      "run", "--dataset", workspace.dataset, "--out", workspace.output, "--allow-debug", "--index", "flat", "--quiet",
    ])
    #expect(ended.code == 0 && ended.errors.isEmpty && ended.output.isEmpty)
    let peak = try #require(Int(try workspace.rows()[0]["peak_bytes"] ?? ""))
    #expect(peak > 1 << 20 && peak < 1 << 28)
  }

  @Test func theWorkersWordIsForTheProgramAlone() throws {
    let ended = try Workspace.runProgram(["--measure-for-parent"])
    #expect(ended.code == 2 && ended.errors.contains("for the program's own use"))
  }
}
