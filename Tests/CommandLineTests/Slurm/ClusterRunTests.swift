import Bench
import Datasets
import Foundation
import Testing
import VectorCore

/// Runs whose builds are jobs of a cluster, with commands that stand in for those of Slurm.
@Suite struct ClusterRunTests {
  private let workspace: Workspace
  private let slurm: StandInSlurm
  private let cluster: ClusterSweep
  private var work: String { cluster.work }

  init() throws { (workspace, slurm, cluster) = try ClusterSweep.onStandIn() }

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

  @Test func twoProgramsShareAJobAndAreCompared() throws {
    let local = "\(workspace.path)/local"
    let base = try Workspace.disturbedProgram().path(percentEncoded: false)
    let sweep = [
      "--index", "flat,ivf-flat", "--set", "nlist=2,4", "--set", "nprobe=1,2", "--runs", "3", "--queries", "10",
      "--against", base,
    ]
    #expect(try cluster.runHere(to: local, sweep: sweep) == 0)
    // Somebody collects later what the jobs have brought back.
    try slurm.set(["run", "run", "pending Resources"])
    #expect(try cluster.run(["--detach", "--nodes", "2"], sweep: sweep).code == 0)
    // The folder is named after the run of the head.
    #expect(try Workspace.runProgram(["work", "\(workspace.output)/slurm/run-2", "2"]).code == 0)
    let run = try cluster.run(["--resume"], sweep: sweep)
    #expect(run.code == 0, "\(run.errors)")
    #expect(
      run.output.contains("measured interleaved") && run.output.contains("Fronts at equal recall"), "\(run.output)")
    #expect(slurm.arrays == ["0-2%2"])
    #expect(try cluster.figures() == cluster.figures(local))
    let (ours, theirs) = (try Ledger(reading: workspace.output), try Ledger(reading: local))
    let runs = try ours.runs()
    #expect(runs.map(\.pairedWith) == [nil, 1] && runs.allSatisfy { $0.ended != nil })
    #expect(try runs.map(\.keys) == theirs.runs().map(\.keys))
    let digests = [base, try Workspace.program().path(percentEncoded: false)].map { SHA256.ofFile($0) }
    for (run, digest) in zip(runs, digests) {
      let records = try ours.records(of: run)
      #expect(records.count == 5 && records.allSatisfy { $0.measurement?.provenance.programSHA256 == digest })
      #expect(records.allSatisfy { $0.measurement?.provenance.node?.name != nil })
      #expect(records.allSatisfy { $0.measurement?.rounds.count == 3 })
      #expect(run.machineAtStart.provenance.programSHA256 == digest)
    }
    // It can be gated, as a pair that one machine has measured.
    let compared = try Workspace.runProgram(["compare", "1", "2", "--out", workspace.output])
    #expect(compared.code == 0, "\(compared.errors)")
  }

  @Test func whatStopsOneProgramOfAPairIsMeasuredAgainOnBothSides() throws {
    let program = try Workspace.program().path(percentEncoded: false)
    let sweep = [
      "--index", "flat,ivf-flat", "--set", "nlist=2", "--queries", "10", "--against", program, "--runs", "3",
    ]
    try slurm.set(["TIMEOUT", "run"])
    #expect(try cluster.run(["--walltime", "3min"], sweep: sweep).code == 1)
    func statuses() throws -> [[CellStatus]] {
      let ledger = try Ledger(reading: workspace.output)
      return try ledger.runs().map { try ledger.records(of: $0).map(\.status) }
    }
    #expect(try statuses() == [[.timeout, .ok], [.timeout, .ok]])
    #expect(try cluster.run(["--walltime", "4min", "--resume"], sweep: sweep).code == 0)
    #expect(try statuses() == [[.ok, .ok], [.ok, .ok]])
    #expect(slurm.arrays == ["0-1%1", "0%1"])
    // A finished pair is not measured again.
    #expect(try cluster.run(["--resume", "--walltime", "4min"], sweep: sweep).code == 0)
    #expect(slurm.arrays.count == 2)
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
    #expect(try cluster.records().first?.limits.walltimeSeconds == 180)
    // Memory is tried again, since another node may have more; the time only when there is more of it.
    try slurm.set(["run"])
    #expect(try cluster.run(["--resume", "--walltime", "3min"]).code == 1)
    #expect(try cluster.records().map(\.status) == [.timeout, .ok, .ok, .ok, .ok])
    #expect(slurm.arrays == ["0-2%1", "1%1"])
    #expect(try cluster.run(["--resume", "--walltime", "2min"]).code == 1)
    #expect(slurm.arrays.count == 2)
    let longer = try cluster.run(["--resume", "--walltime", "4min"])
    #expect(longer.code == 0, "\(longer.errors)")
    #expect(slurm.arrays == ["0-2%1", "1%1", "0%1"])
    #expect(try cluster.records().allSatisfy { $0.status == .ok && $0.limits.walltimeSeconds == nil })
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

  @Test func aJobThatSlurmForgetsIsCountedToo() throws {
    try slurm.set(["lost", "run", "run", "lost"])
    let run = try cluster.run()
    #expect(run.code == 1)
    #expect(slurm.arrays == ["0-2%1", "0%1", "0%1"])
    let records = try cluster.records()
    #expect(records.map(\.status) == [.failed, .ok, .ok, .ok, .ok])
    let nodes = Array(repeating: "an unknown node", count: 3).joined(separator: ", ")
    #expect(records.first?.error == "3 jobs ended without a result, on \(nodes)")
  }

  @Test func theJobThatLooksAtANodeMayBeLateAndMayBeLost() throws {
    try slurm.set(probe: "late")
    #expect(try cluster.run().code == 0)
    for (mode, state) in [("FAILED", "ended"), ("lost", "unknown to Slurm")] {
      try slurm.set(probe: mode)
      let run = try cluster.run(["--force"])
      #expect(run.code == 1)
      let message = "which looks at the first node, ended as \(state) without a result; see scontrol show job"
      #expect(run.errors.contains(message), "\(run.errors)")
    }
    #expect(slurm.arrays.count == 1)
    let names = try FileManager.default.contentsOfDirectory(atPath: "\(workspace.output)/slurm")
    #expect(!names.contains { $0.hasPrefix("probe-") }, "\(names)")
  }

  @Test func aNodeIsDescribedByTheProgramThatMeasures() throws {
    let shared = "\(workspace.path)/shared"
    try FileManager.default.createDirectory(atPath: shared, withIntermediateDirectories: false)
    let other = try Workspace.disturbedProgram()
    func run() throws -> (code: Int32, output: String, errors: String) {
      try Workspace.runProgram(
        cluster.words(workspace.output, ClusterSweep.sweep + ["--on", "folder", "--shared", shared]))
    }
    #expect(try Workspace.runProgram(["work", shared, "probe"], program: other).code == 0)
    let refused = try run()
    #expect(refused.code == 1 && refused.errors.contains("\(shared)/machine.json: was written by another build"))
    #expect(refused.errors.contains("run work \(shared) probe on a node with this one"))
    #expect(try Workspace.runProgram(["work", shared, "probe"]).code == 0)
    #expect(try run().code == 0)
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
