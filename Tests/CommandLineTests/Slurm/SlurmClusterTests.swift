import Bench
import Datasets
import Foundation
import Testing

/// Runs on a Slurm cluster inside this machine; skipped with one line where there can be none.
@Suite(
  .enabled(if: SlurmFixture.obstacle == nil, Comment(rawValue: SlurmFixture.obstacle ?? "")), .serialized,
  SlurmFixture())
struct SlurmClusterTests {
  private let workspace: Workspace
  private let cluster: ClusterSweep
  private var work: String { "\(workspace.output)/slurm/run-1" }

  init() throws {
    workspace = try Workspace()
    cluster = ClusterSweep(workspace: workspace, environment: SlurmFixture.environment)
  }

  /// Begins a run in a process of its own.
  private func begin(_ more: [String], program: URL? = nil, faults: String = "") throws -> Process {
    try cluster.begin(
      ["--quiet", "--nodes", "2"], sweep: more, program: program,
      environment: faults.isEmpty ? [:] : ["RECALLBENCH_TEST_FAULTS": faults])
  }

  /// Makes a job of a thousand rounds take half a minute, within which Slurm notices that a node is gone.
  private static let slow = "slow=5@head"

  /// The names of the files of progress in which a round has begun.
  private var searching: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(work)/events")) ?? []
    return names.filter { name in
      (try? String(contentsOfFile: "\(work)/events/\(name)", encoding: .utf8))?.contains("round") == true
    }.sorted()
  }

  private var results: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "\(work)/results")) ?? []).sorted()
  }

  @Test func nodesFindWhatThisMachineFindsCellByCell() throws {
    let local = "\(workspace.path)/local"
    #expect(try cluster.runHere(to: local) == 0)
    let run = try cluster.run(["--partition", "bench", "--nodes", "2", "--scratch", "/scratch"])
    #expect(run.code == 0, "\(run.errors)")
    #expect(try cluster.figures() == cluster.figures(local))
    let (ours, theirs) = (try cluster.records(), try cluster.records(local))
    #expect(ours.count == 5 && ours.map(\.key) == theirs.map(\.key))
    for (one, other) in zip(ours, theirs) {
      #expect(try one.rawRounds(in: workspace.output).rows == other.rawRounds(in: local).rows)
    }
    let nodes = Set(ours.compactMap { $0.measurement?.provenance.node?.name })
    #expect(!nodes.isEmpty && nodes.isSubset(of: ["n1", "n2"]))
  }

  @Test func trueNeighboursOfShardsAreThoseOfOneSearch() throws {
    let (one, many) = ("\(workspace.path)/one.hdf5", "\(workspace.path)/many.hdf5")
    let words = ["datasets", "ground-truth", workspace.dataset, "-k", "20", "--quiet", "--out"]
    #expect(try Workspace.runProgram(words + [one]).code == 0)
    let run = try Workspace.runProgram(
      words + [many, "--on", "slurm", "--nodes", "2", "--shards", "3", "--block", "50"],
      environment: SlurmFixture.environment)
    #expect(run.code == 0, "\(run.errors)")
    let (first, second) = (try Dataset.load(path: one).groundTruth, try Dataset.load(path: many).groundTruth)
    #expect(first.neighbors == second.neighbors)
    #expect(first.distances.map(\.bitPattern) == second.distances.map(\.bitPattern))
    #expect(FileManager.default.contentsEqual(atPath: one, andPath: many))
  }

  /// Slurm looks at the time every half a minute.
  @Test(.enabled(if: SlurmFixture.showsFailures)) func aJobThatExceedsItsWalltimeIsATimeout() throws {
    let process = try begin(
      ["--index", "flat", "--runs", "1"], program: Workspace.disturbedProgram(), faults: "hang@flat")
    var job = ""
    try SlurmFixture.wait("the job to run") {
      let running = try SlurmFixture.slurm(["squeue", "--me", "--noheader", "--states=running", "--format=%A %j"])
      let line = running.split(separator: "\n").first { !$0.contains("probe") }
      job = line?.split(separator: " ").first.map(String.init) ?? ""
      return !job.isEmpty
    }
    try SlurmFixture.slurm(["scontrol", "update", "JobId=\(job)", "EndTime=now+1"])
    process.waitUntilExit()
    #expect(process.terminationStatus == 1)
    let record = try #require(try cluster.records().first)
    #expect(record.status == .timeout && record.error.hasPrefix("more than the walltime of"))
  }

  @Test func anInterruptedRunIsResumedWithWhatIsMissing() throws {
    let sweep = ["--index", "flat,ivf-flat", "--set", "nlist=2,4,8", "--runs", "20", "--queries", "10"]
    let process = try begin(sweep)
    try SlurmFixture.wait("the first result") { !results.filter { !$0.hasPrefix(".") }.isEmpty }
    process.interrupt()
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
    let resumed = try cluster.run(["--resume", "--nodes", "2"], sweep: sweep)
    #expect(resumed.code == 0, "\(resumed.errors)")
    #expect(try cluster.records().count == 4)
    // No order had more than one job.
    let names = try SlurmFixture.slurm(["squeue", "--me", "--noheader", "--array", "--states=all", "--format=%j %K"])
    let script = try String(contentsOfFile: "\(work)/batch.sh", encoding: .utf8)
    let name = try #require(script.firstMatch(of: /job-name=(\S+)/)).output.1
    #expect(names.split(separator: "\n").count { $0.hasPrefix("\(name) ") } == 4)
  }

  @Test(.enabled(if: SlurmFixture.showsFailures)) func aJobThatTakesTooMuchMemoryIsRecorded() throws {
    let process = try begin(
      ["--index", "flat,ivf-flat", "--set", "nlist=2", "--runs", "1"], program: Workspace.disturbedProgram(),
      faults: "eat@flat")
    process.waitUntilExit()
    let records = try cluster.records()
    #expect(records.map(\.status) == [.outOfMemory, .ok], "\(records.map(\.error))")
  }

  /// Slurm begins the job again elsewhere, half a minute later.
  @Test(.enabled(if: SlurmFixture.showsFailures)) func aNodeThatLosesItsPowerLeavesOneRecord() throws {
    let process = try begin(
      ["--index", "flat,ivf-flat", "--set", "nlist=2", "--runs", "1000"], program: Workspace.disturbedProgram(),
      faults: Self.slow)
    try SlurmFixture.wait("n2 to search") { searching.contains { $0.contains(".n2.") } }
    try SlurmFixture.change("power-loss", "n2")
    try SlurmFixture.change("boot", "n2")
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(try cluster.records().map(\.status) == [.ok, .ok])
    #expect(results.filter { !$0.hasPrefix(".") } == ["0", "1"])
    #expect(searching.count == 3)
    try SlurmFixture.waitUntilIdle("n2")
  }

  @Test(.enabled(if: SlurmFixture.showsFailures)) func aFrozenNodesResultIsKeptAside() throws {
    let process = try begin(
      ["--index", "flat", "--runs", "1000"], program: Workspace.disturbedProgram(), faults: Self.slow)
    try SlurmFixture.wait("a node to search") { !searching.isEmpty }
    let node = try #require(searching.first).contains(".n2.") ? "n2" : "n1"
    try SlurmFixture.change("freeze", node)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    try SlurmFixture.change("thaw", node)
    try SlurmFixture.wait("the second result") { results.filter { !$0.hasPrefix(".") }.count == 2 }
    #expect(results.contains("0") && results.contains { $0.hasPrefix("0.n") })
    #expect(try cluster.records().map(\.status) == [.ok])
    try SlurmFixture.waitUntilIdle(node)
  }

  @Test(.enabled(if: SlurmFixture.showsFailures)) func aNodeWithAnotherProcessorRefusesAndIsExcluded() throws {
    try SlurmFixture.change("power-loss", "n2")
    try SlurmFixture.change("processor", "n2", "Another CPU @ 1 GHz")
    try SlurmFixture.change("boot", "n2")
    try SlurmFixture.waitUntilIdle("n2")
    // The first node that is looked at decides.
    try SlurmFixture.slurm(["scontrol", "update", "NodeName=n2", "State=drain", "Reason=test"])
    #expect(try cluster.run(["--detach", "--nodes", "2"]).code == 0)
    try SlurmFixture.slurm(["scontrol", "update", "NodeName=n2", "State=resume"])
    let run = try cluster.run(["--resume", "--nodes", "2"])
    #expect(run.code == 0, "\(run.errors)")
    let records = try cluster.records()
    #expect(records.count == 5 && records.allSatisfy { $0.measurement?.provenance.node?.name == "n1" })
    let refused = try FileManager.default.contentsOfDirectory(atPath: "\(work)/refused")
    #expect(refused.count == 1 && refused[0].contains(".n2."))
    #expect(run.errors.contains("n2 is excluded: its processor is Another CPU @ 1 GHz, not"))
  }
}
