import Bench
import Foundation
import Testing
import VectorCore

/// Runs whose builds are jobs of a cluster, with commands that stand in for those of Slurm.
@Suite struct ClusterRunTests {
  private let workspace: Workspace
  private let slurm: StandInSlurm
  private let cluster: ClusterSweep
  private var work: String { "\(workspace.output)/slurm/run-1" }

  init() throws {
    workspace = try Workspace()
    slurm = try StandInSlurm(in: workspace)
    cluster = ClusterSweep(workspace: workspace, environment: slurm.environment)
  }

  @Test func aClusterFindsWhatThisMachineFindsCellByCell() throws {
    let local = "\(workspace.path)/local"
    #expect(try cluster.runHere(to: local) == 0)
    let run = try cluster.run(["--partition", "bench", "--nodes", "2"])
    #expect(run.code == 0, "\(run.errors)")
    #expect(try cluster.figures().count == 5)
    #expect(try cluster.figures() == cluster.figures(local))
    let (ours, theirs) = (try cluster.records(), try cluster.records(local))
    #expect(ours.map(\.key) == theirs.map(\.key))
    for (one, other) in zip(ours, theirs) {
      #expect(try one.rawRounds(in: workspace.output).rows == other.rawRounds(in: local).rows)
      let node = try #require(one.measurement?.provenance.node)
      #expect(node.name == "n1" && node.referenceSeconds.count == 2 && node.referenceSeconds.allSatisfy { $0 > 0 })
      #expect(other.measurement?.provenance.node == nil)
    }
    #expect(try workspace.rows().allSatisfy { $0["node"] == "n1" })
    // A build is a job, and a run that is finished submits none.
    #expect(slurm.arrays == ["0-2%2"])
    #expect(try cluster.run(["--resume"]).code == 0)
    #expect(slurm.arrays.count == 1)
    let script = try String(contentsOfFile: "\(work)/batch.sh", encoding: .utf8)
    for option in [
      "exclusive", "mem=0", "hint=nomultithread", "requeue", "open-mode=append", "partition=bench", "time=",
    ] { #expect(script.contains("#SBATCH --\(option)"), "\(option)") }
  }

  @Test func ordersAreCarriedOutWithoutSlurm() throws {
    func run(_ more: [String]) throws -> (code: Int32, output: String, errors: String) {
      try Workspace.runProgram(cluster.words(workspace.output, ClusterSweep.sweep + ["--on", "folder"] + more))
    }
    let begun = try run([])
    #expect(begun.code == 0 && begun.errors.contains("3 orders without a result in \(work); --resume collects"))
    for number in 0..<3 {
      let done = try Workspace.runProgram(["work", work, "\(number)"])
      #expect(done.code == 0 && done.output == "\(work)/results/\(number)\n", "\(done.errors)")
    }
    let again = try Workspace.runProgram(["work", work, "0"])
    #expect(again.code == 0 && again.errors.contains("order 0 has a result already"))
    let missing = try Workspace.runProgram(["work", work, "7"])
    #expect(missing.code == 1 && missing.errors.contains("orders/7.json: there is no such work order"))
    #expect(try Workspace.runProgram(["work", work, "x"]).code == 2)
    #expect(try run(["--resume"]).code == 0)
    #expect(try cluster.records().count == 5)
    #expect(try cluster.records().allSatisfy { $0.status == .ok })
    #expect(slurm.lines("submitted").isEmpty)
  }

  @Test func indexesWhoseRoundsAreInterleavedShareAJob() throws {
    let local = "\(workspace.path)/local"
    let sweep = ["--index", "flat,ivf-flat", "--set", "nlist=2", "--runs", "2", "--queries", "10", "--interleave"]
    #expect(try cluster.runHere(to: local, sweep: sweep) == 0)
    let run = try cluster.run(sweep: sweep)
    #expect(run.code == 0, "\(run.errors)")
    #expect(slurm.arrays == ["0%1"])
    let (ours, theirs) = (try cluster.records(), try cluster.records(local))
    #expect(ours.count == 2 && ours.map(\.key) == theirs.map(\.key))
    let sessions = Set(ours.map { $0.measurement?.session })
    #expect(sessions.count == 1 && !sessions.contains(nil))
  }

  @Test func arraysAreCutAtTheGreatestSize() throws {
    try slurm.set(greatestArray: 2)
    #expect(try cluster.run(["--nodes", "3"]).code == 0)
    #expect(slurm.arrays == ["0-1%3", "0%3"])
    #expect(slurm.submitted.last?.hasSuffix("batch.sh 2") == true)
    #expect(try cluster.figures().count == 5)
  }

  @Test func whatSlurmSaysOfAJobWithoutAResultIsRecorded() throws {
    try slurm.set(["TIMEOUT", "OUT_OF_MEMORY", "run"])
    let run = try cluster.run(["--walltime", "3min"])
    #expect(run.code == 1 && run.errors.contains("more than the walltime of 3 min"))
    let statuses = try cluster.records().map(\.status)
    #expect(statuses == [.timeout, .outOfMemory, .outOfMemory, .ok, .ok])
    // Memory is tried again, since nobody has set a limit; the time is not.
    try slurm.set(["run"])
    #expect(try cluster.run(["--resume"]).code == 1)
    #expect(try cluster.records().map(\.status) == [.timeout, .ok, .ok, .ok, .ok])
    #expect(slurm.arrays.last == "1%1")
  }

  @Test func aLostJobIsTriedThreeTimesAndThenFails() throws {
    try slurm.set(["NODE_FAIL", "run", "run", "PREEMPTED", "run"])
    #expect(try cluster.run().code == 0)
    #expect(slurm.arrays == ["0-2%1", "0%1", "0%1"])
    #expect(try cluster.records().allSatisfy { $0.status == .ok })

    try slurm.set(["NODE_FAIL", "run", "run", "NODE_FAIL"])
    let lost = try cluster.run(["--force"])
    #expect(lost.code == 1)
    let record = try #require(try cluster.records().first)
    #expect(record.status == .failed && record.error == "3 jobs ended without a result, on n1, n1, n1")
  }

  @Test func cancelledJobsLeaveNoRecord() throws {
    try slurm.set(["CANCELLED", "run"])
    let run = try cluster.run()
    #expect(run.code == 1 && run.errors.contains("the jobs of 1 cells were cancelled; --resume submits them again"))
    #expect(try cluster.records().count == 4)
    #expect(try cluster.run(["--resume"]).code == 0)
    #expect(slurm.arrays == ["0-2%1", "0%1"])
    #expect(try cluster.records().count == 5)
  }

  /// After Ctrl-C only what is missing is submitted, and a held job is shown with the command that releases it.
  @Test(arguments: [false, true]) func anInterruptedRunIsResumed(cancels: Bool) throws {
    try slurm.set(["run", "run", "pending JobHeldUser"])
    let process = Process()
    process.executableURL = try Workspace.program()
    process.arguments = cluster.words(
      workspace.output, ClusterSweep.sweep + ["--on", "slurm"] + (cancels ? ["--on-interrupt", "cancel"] : []))
    process.environment = ProcessInfo.processInfo.environment.merging(slurm.environment) { $1 }
    let errors = Pipe()
    process.standardError = errors
    try process.run()
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

  @Test func aDamagedResultIsMeasuredAgain() throws {
    #expect(try cluster.run(["--detach"]).code == 0)
    #expect(try cluster.records().isEmpty)
    func rawFiles(_ number: Int) -> [String] {
      let names = FileManager.default.enumerator(atPath: "\(work)/results/\(number)")?.compactMap { $0 as? String }
      return (names ?? []).filter { $0.hasSuffix(".hdf5") }.map { "\(work)/results/\(number)/\($0)" }
    }
    try FileManager.default.removeItem(atPath: #require(rawFiles(0).first))
    #expect(truncate(try #require(rawFiles(1).first), 100) == 0)
    let run = try cluster.run(["--resume"])
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.errors.contains(".hdf5: missing") && run.errors.contains(".hdf5: changed since it was measured"))
    #expect(slurm.arrays == ["0-2%1", "0-1%1"])
    #expect(try cluster.records().allSatisfy { $0.status == .ok })
  }

  @Test func collectingTwiceOrAfterAKillGivesTheSameLedger() throws {
    #expect(try cluster.run(["--detach"]).code == 0)
    let copies = (0..<3).map { "\(workspace.path)/copy-\($0)" }
    for copy in copies { try FileManager.default.copyItem(atPath: workspace.output, toPath: copy) }
    let start = ContinuousClock.now
    #expect(try cluster.run(["--resume"], to: copies[0]).code == 0)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let expected = try cluster.ledgerText(copies[0])
    #expect(expected.count == 5)
    #expect(try cluster.run(["--resume"], to: copies[0]).code == 0)
    #expect(try cluster.ledgerText(copies[0]) == expected)
    for (place, copy) in copies.dropFirst().enumerated() {
      let process = try BuiltProgram.process(
        cluster.words(copy, ClusterSweep.sweep + ["--on", "slurm", "--resume", "--quiet"]))
      process.environment = ProcessInfo.processInfo.environment.merging(slurm.environment) { $1 }
      try process.run()
      usleep(UInt32(seconds * (0.3 + 0.4 * Double(place)) * 1e6))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      #expect(try cluster.run(["--resume"], to: copy).code == 0)
      #expect(try cluster.ledgerText(copy) == expected)
    }
  }

  @Test(.enabled(if: UsableProcessors.count > 1))
  func aNodeOfAnotherClassRefusesAndIsExcluded() throws {
    try slurm.set(["narrow", "run"])
    let run = try cluster.run()
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.errors.contains("n2 is excluded: its number of processors is 1, not"))
    #expect(slurm.submitted.count == 2 && slurm.submitted[1].contains("--array=0%1 --exclude=n2"))
    #expect(slurm.lines("controlled").contains { $0.hasSuffix("ExcNodeList=n2") })
    #expect(try cluster.records().allSatisfy { $0.measurement?.provenance.node?.name == "n1" })
  }

  @Test func aMachineOfAnotherClassRefusesWithoutSlurm() throws {
    let words = cluster.words(workspace.output, ClusterSweep.sweep + ["--on", "folder"])
    #expect(try Workspace.runProgram(words).code == 0)
    let path = "\(work)/work.json"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try text.replacing(/"cpu":"[^"]*"/, with: "\"cpu\":\"Another CPU\"").write(
      toFile: path, atomically: true, encoding: .utf8)
    let refused = try Workspace.runProgram(["work", work, "0"])
    #expect(refused.code == 1 && refused.errors.contains("order 0 is refused, because this machine differs"))
    #expect(refused.errors.contains("not Another CPU; run it on another machine"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(work)/refused").count == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(work)/results").isEmpty)
  }

  @Test func mistakesAreToldBeforeAnythingIsSubmitted() throws {
    let lone = try Workspace.runProgram(cluster.words(workspace.output, ClusterSweep.sweep + ["--nodes", "2"]))
    #expect(lone.code == 2 && lone.errors.contains("--on, which --nodes is for, is required"))
    let unsuited = try cluster.run(["--in-process"])
    #expect(unsuited.code == 2 && unsuited.errors.contains("--in-process does not go with --on"))
    let without = try cluster.run(environment: ["PATH": "/no/such"])
    #expect(without.code == 1 && without.errors.contains("sbatch: there is no such command"))
    #expect(slurm.lines("submitted").isEmpty)
  }
}
