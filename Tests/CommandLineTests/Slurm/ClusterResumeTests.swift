import Bench
import Datasets
import Foundation
import Testing

/// Runs on a cluster that are resumed, with commands that stand in for those of Slurm.
@Suite struct ClusterResumeTests {
  private let workspace: Workspace
  private let slurm: StandInSlurm
  private let cluster: ClusterSweep
  private var work: String { cluster.work }

  init() throws { (workspace, slurm, cluster) = try ClusterSweep.onStandIn() }

  /// As often as somebody gives it more time, an order is tried; only lost jobs are counted.
  @Test func aJobMayExceedItsWalltimeMoreOftenThanAJobMayBeLost() throws {
    let sweep = ["--index", "flat", "--runs", "1", "--queries", "10"]
    for minutes in 1...4 {
      try slurm.set(["exceed"])
      let more = ["--walltime", "\(minutes)min"] + (minutes > 1 ? ["--resume"] : [])
      let run = try cluster.run(more, sweep: sweep)
      #expect(run.code == 1 && run.errors.contains("more than the walltime of \(minutes) min"), "\(run.errors)")
    }
    try slurm.set(["run"])
    #expect(try cluster.run(["--resume", "--walltime", "5min"], sweep: sweep).code == 0)
    #expect(slurm.arrays == Array(repeating: "0%1", count: 5))
  }

  @Test func anEndThatNobodySawIsRecordedUnlessThereIsMoreTimeNow() throws {
    try slurm.set(["TIMEOUT", "run"])
    #expect(try cluster.run(["--detach", "--walltime", "3min"]).code == 0)
    let copy = "\(workspace.path)/copy"
    try FileManager.default.copyItem(atPath: workspace.output, toPath: copy)
    let same = try cluster.run(["--resume", "--walltime", "3min"], to: copy)
    #expect(same.code == 1 && same.errors.contains("more than the walltime of 3 min"))
    #expect(try cluster.records(copy).map(\.status) == [.timeout, .ok, .ok, .ok, .ok])
    #expect(slurm.arrays == ["0-2%1"])
    let longer = try cluster.run(["--resume", "--walltime", "4min"])
    #expect(longer.code == 0, "\(longer.errors)")
    #expect(slurm.arrays == ["0-2%1", "0%1"])
  }

  @Test func aJobThatExceedsAnEarlierWalltimeIsSubmittedWithTheLongerOne() throws {
    try slurm.set(["RUNNING", "run"])
    #expect(try cluster.run(["--detach", "--walltime", "3min"]).code == 0)
    let process = try cluster.begin(["--resume", "--walltime", "4min"])
    while process.isRunning, (try? cluster.records().count) ?? 0 < 4 { usleep(50_000) }
    #expect(slurm.arrays == ["0-2%1"])
    try slurm.change("RUNNING", to: "TIMEOUT")
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(slurm.arrays == ["0-2%1", "0%1"])
    #expect(try cluster.records().map(\.status) == Array(repeating: .ok, count: 5))
  }

  /// Orders that nobody has begun get the limits of now; what was measured tells those under which it was.
  @Test func ordersGetTheLimitsOfTheCommandThatResumes() throws {
    func run(_ more: [String]) throws -> Int32 {
      try Workspace.runProgram(cluster.words(workspace.output, ClusterSweep.sweep + ["--on", "folder"] + more)).code
    }
    #expect(try run(["--timeout", "50s"]) == 0)
    #expect(try Workspace.runProgram(["work", work, "0"]).code == 0)
    #expect(try run(["--timeout", "100s", "--resume"]) == 0)
    for number in 1...2 { #expect(try Workspace.runProgram(["work", work, "\(number)"]).code == 0) }
    #expect(try run(["--timeout", "100s", "--resume"]) == 0)
    #expect(try cluster.records().map(\.limits.seconds) == [50, 100, 100, 100, 100])
  }

  /// Also when it is resumed a second time, after it has begun a run of its own.
  @Test func theWorkOfAnotherLedgerIsNotCollected() throws {
    func run(_ more: [String], to folder: String) throws -> (code: Int32, output: String, errors: String) {
      let shared = "\(workspace.path)/shared"
      return try Workspace.runProgram(
        cluster.words(folder, ClusterSweep.sweep + ["--on", "folder", "--shared", shared] + more))
    }
    #expect(try run([], to: workspace.output).code == 0)
    let work = "\(workspace.path)/shared/run-1"
    for number in 0..<3 { #expect(try Workspace.runProgram(["work", work, "\(number)"]).code == 0) }
    let (moved, other) = ("\(workspace.path)/moved", "\(workspace.path)/other")
    try FileManager.default.copyItem(atPath: workspace.output, toPath: moved)
    for _ in 0..<2 {
      let refused = try run(["--resume"], to: other)
      #expect(refused.code == 1 && refused.errors.contains("\(work): has the work of a run in "), "\(refused.errors)")
      #expect(try cluster.records(other).isEmpty)
    }
    // A ledger that was moved is continued.
    #expect(try run(["--resume"], to: moved).code == 0)
    #expect(try cluster.records(moved).map(\.status) == Array(repeating: .ok, count: 5))
  }

  @Test func aDamagedBaseOfAnEarlierOrderIsShippedAgain() throws {
    let base = try Workspace.disturbedProgram().path(percentEncoded: false)
    let sweep = ["--index", "flat", "--runs", "1", "--queries", "10", "--on", "folder", "--against", base]
    #expect(try Workspace.runProgram(cluster.words(workspace.output, sweep)).code == 0)
    let digest = try #require(SHA256.ofFile(base))
    let shipped = "\(workspace.output)/slurm/programs/\(digest)/bin/\((base as NSString).lastPathComponent)"
    #expect(SHA256.ofFile(shipped) == digest)
    #expect(truncate(shipped, 100) == 0)
    #expect(try Workspace.runProgram(cluster.words(workspace.output, sweep + ["--resume"])).code == 0)
    #expect(SHA256.ofFile(shipped) == digest)
  }

  @Test func aControllerThatDoesNotAnswerIsToldOfOnce() throws {
    try slurm.set(["CANCELLED", "run"])
    #expect(try cluster.run(["--detach"]).code == 0)
    try slurm.set(silent: 2)
    let run = try cluster.run(["--resume"])
    #expect(run.code == 0 && run.errors.components(separatedBy: "squeue does not answer").count == 2, "\(run.errors)")
    #expect(slurm.arrays == ["0-2%1", "0%1"])
  }

  /// Its result came after the results were collected.
  @Test func aJobThatEndsWhileTheQueueIsReadIsNotSubmittedAgain() throws {
    try slurm.set(["run", "asked", "run"])
    #expect(try cluster.run(["--detach"]).code == 0)
    let run = try cluster.run(["--resume"])
    #expect(run.code == 0, "\(run.errors)")
    #expect(slurm.arrays == ["0-2%1"])
    #expect(try cluster.records().map(\.status) == Array(repeating: .ok, count: 5))
  }

  @Test func anotherBuildOfTheProgramDoesNotContinueARun() throws {
    let other = try Workspace.disturbedProgram()
    try slurm.set(["run", "run", "pending JobHeldUser"])
    #expect(try cluster.run(["--detach"]).code == 0)
    let submitted = slurm.lines("submitted").count
    let refused = try cluster.run(["--resume"], program: other)
    let (message, remedy) = ("run 1, which was interrupted, was measured by a", "; resume it as it was begun")
    #expect(refused.code == 1, "\(refused.errors)")
    #expect(refused.errors.contains(message) && refused.errors.contains(remedy), "\(refused.errors)")
    #expect(slurm.lines("submitted").count == submitted)
    #expect(try Workspace.runProgram(["work", work, "2"]).code == 0)
    #expect(try cluster.run(["--resume"]).code == 0)
    // What is finished is measured anew by the other program, which looks at a node itself.
    try slurm.set(["run"])
    let anew = try cluster.run(["--resume"], program: other)
    #expect(anew.code == 0, "\(anew.errors)")
    let ledger = try Ledger(reading: workspace.output)
    let runs = try ledger.runs()
    let digests = try runs.map { run in
      Set(try ledger.records(of: run).map { $0.measurement?.provenance.programSHA256 })
    }
    #expect(runs.count == 2 && digests == runs.map { [$0.machineAtStart.provenance.programSHA256] })
    #expect(digests[1] == [SHA256.ofFile(other.path(percentEncoded: false))])
  }

  /// After Ctrl-C only what is missing is submitted, and a held job is shown with the command that releases it.
  @Test(arguments: [false, true]) func anInterruptedRunIsResumed(cancels: Bool) throws {
    try slurm.set(["run", "run", "pending JobHeldUser"])
    let errors = Pipe()
    let process = try cluster.begin(cancels ? ["--on-interrupt", "cancel"] : [], errors: errors)
    while process.isRunning, (try? cluster.records().count) ?? 0 < 3 { usleep(50_000) }
    // The first status follows the records.
    usleep(600_000)
    process.interrupt()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
    #expect(text.contains("2 of 3 orders done, 0 running, 1 waiting, 1 held: scontrol release 2_2"), "\(text)")
    #expect(text.contains(cancels ? "the jobs are cancelled" : "the jobs go on"))
    #expect(slurm.lines("cancelled").isEmpty != cancels)
    if cancels {
      try slurm.set(["run"])
      #expect(try cluster.run(["--resume"]).code == 0)
      #expect(slurm.arrays == ["0-2%1", "2%1"])
    } else {
      // The job that waits has been released meanwhile.
      #expect(try Workspace.runProgram(["work", work, "2"]).code == 0)
      #expect(try cluster.run(["--resume"]).code == 0)
      #expect(slurm.arrays == ["0-2%1"])
    }
    #expect(try cluster.records().allSatisfy { $0.status == .ok })
  }
}
