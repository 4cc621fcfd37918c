import Foundation
import TestSupport
import Testing

/// Sweeps whose measuring processes crash, hang or eat memory, by order of DisturbedProgram.
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
      ],
      environment: [
        "RECALLBENCH_TEST_FAULTS": faults.joined(separator: "|"),
        // Drawing a backtrace takes seconds on a busy machine.
        "SWIFT_BACKTRACE": "enable=no",
      ],
      program: Workspace.disturbedProgram())
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

  #if os(Linux)
    /// Wherever it runs out: while the dataset is read, or where a thread needs a stack, for which nobody may wait.
    @Test(arguments: [1, 4, 16])
    func aLimitOfMemoryThatIsTooSmallIsToldAsSuch(mebibytes: Int) throws {
      let ended = try Workspace.runProgram([
        "run", "--dataset", packageSources + "/../datasets/photo-sift-20k-128-euclidean.hdf5", "--out",
        workspace.output, "--allow-debug", "--index", "flat", "--runs", "1",
        "--queries", "5", "--memory", "\(mebibytes)MiB", "--timeout", "60s",
      ])
      #expect(ended.code == 1)
      #expect(ended.errors.contains(": out-of-memory: more than \(mebibytes) MiB of memory while "), "\(ended.errors)")
    }
  #endif

  @Test func theProgramItselfOrdersNothingOfThatKind() throws {
    let words = [
      "run", "--dataset", workspace.dataset, "--out", workspace.output, "--allow-debug", "--index", "flat", "--runs",
      "1",
    ]
    let environment = ["RECALLBENCH_TEST_FAULTS": "crash@flat|recall-loss=1@head"]
    #expect(try Workspace.runProgram(words, environment: environment).code == 0)
    #expect(try workspace.rows().map { [$0["k-nn"], $0["disturbed"]] } == [["1.0", ""]])
    let disturbed = try Workspace.runProgram(
      words, environment: environment, program: Workspace.disturbedProgram())
    #expect(disturbed.code == 1 && disturbed.errors.contains("(disturbed by order: crash@flat, recall-loss=1.0@head)"))
    #expect(
      try Workspace.runProgram(
        words, environment: ["RECALLBENCH_TEST_FAULTS": "melt@flat"], program: Workspace.disturbedProgram()
      ).code == 2)
  }

  /// A build in a file whose process somebody kills: it is no lack of memory, its index is removed, and it is measured
  /// again by resuming.
  @Test func aKilledProcessLeavesNothingAndIsMeasuredAgain() throws {
    let words = [
      "run", "--dataset", workspace.dataset, "--out", workspace.output, "--allow-debug", "--index", "ivf-pq", "--set",
      "storage=lmdb", "--set", "nlist=4", "--set", "nprobe=1,4", "--runs", "1", "--queries", "5",
    ]
    #expect(try Workspace.runProgram(words).code == 0)
    let (_, lines, _) = try Workspace.runProgram(["export", "jsonl", "--out", workspace.output])
    let label = try #require(lines.firstMatch(of: /"parameters":"(ivf-pq\([^"]*nprobe=1[,)][^"]*)"/)).output.1
    let ended = try Workspace.runProgram(
      words, environment: ["RECALLBENCH_TEST_FAULTS": "kill@\(label)"], program: Workspace.disturbedProgram())
    #expect(ended.code == 1 && ended.errors.contains("failed: killed by signal 9 (Killed) while searching in round 1"))
    #expect(workspace.outputContents?.contains { $0.hasPrefix("index-") } == false)
    // The other way round: without the order it is another program's run, and a new one begins.
    #expect(try workspace.rows().map { $0["run"] } == ["1", "2"])
    #expect(try Workspace.runProgram(words + ["--resume"]).code == 0)
    #expect(try workspace.rows().map { $0["disturbed"] } == ["", ""])
  }

  /// What an interrupted parent leaves a child with: it ends without a word.
  @Test func aWorkerWhoseParentIsGoneEndsQuietly() throws {
    let process = Process()
    process.executableURL = try Workspace.program()
    process.arguments = ["--measure-for-parent"]
    let (input, output, errors) = (Pipe(), Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    process.standardError = errors
    try output.fileHandleForReading.close()
    try process.run()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 1 && text.isEmpty, "\(text)")
    try input.fileHandleForWriting.close()
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
