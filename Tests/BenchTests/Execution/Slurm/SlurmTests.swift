import TestSupport
import Testing

@testable import Bench

@Suite struct SlurmTests {
  @Test func aLineOfTheQueueIsRead() throws {
    let job = try #require(Slurm.job(parsing: "17|4|PENDING|recallbench-ab-1000||1:00:00|JobHeldUser"))
    #expect(job.number == 17 && job.task == 4 && job.text == "17_4" && job.name == "recallbench-ab-1000")
    #expect(job.state == .waiting && job.isHeld && job.limitSeconds == 3600)
    let single = try #require(Slurm.job(parsing: "18|N/A|RUNNING|probe|n1|UNLIMITED|None"))
    #expect(single.task == nil && single.text == "18" && single.nodes == "n1" && !single.isHeld)
    #expect(single.limitSeconds == nil)
    #expect(Slurm.job(parsing: "slurm_load_jobs error: Unable to contact slurm controller") == nil)
    #expect(Slurm.job(parsing: "19|1|PENDING|x||10:00|Resources")?.isHeld == false)
  }

  @Test func timesOfSlurmAreRead() {
    let expected: [(String, Double?)] = [
      ("10:00", 600), ("1:02:03", 3723), ("2-00:00:01", 172_801), ("UNLIMITED", nil), ("INVALID", nil), ("", nil),
      ("NOT_SET", nil), ("x:00", nil),
    ]
    for (text, seconds) in expected { #expect(Slurm.seconds(parsing: text) == seconds, "\(text)") }
  }

  /// NFS shows a new file late, and Slurm a new job.
  @Test func anEndWithoutAResultIsBelievedAfterAWhile() {
    let start = ContinuousClock.now
    var patience = Patience(ended: .zero)
    func isOver(_ job: String, isListed: Bool, after seconds: Int) -> Bool {
      patience.isOver(for: job, isListed: isListed, now: start + .seconds(seconds))
    }
    #expect(isOver("1_0", isListed: true, after: 0))
    #expect([0, 4, 5].map { isOver("1_1", isListed: false, after: $0) } == [false, false, true])
    patience = Patience(ended: .seconds(90))
    for (job, isListed) in [("1_0", true), ("1_1", false)] {
      #expect([0, 89, 90].map { isOver(job, isListed: isListed, after: $0) } == [false, false, true])
    }
    // Slurm has begun the job again meanwhile.
    patience.restart(for: "1_0")
    #expect(!isOver("1_0", isListed: true, after: 100))
  }

  @Test func statesMeanWhatTheyMeanForAnOrder() {
    let expected: [(String, Slurm.State)] = [
      ("PENDING", .waiting), ("CONFIGURING", .running), ("COMPLETING", .running), ("TIMEOUT", .timeout),
      ("DEADLINE", .timeout), ("OUT_OF_MEMORY", .outOfMemory), ("CANCELLED", .cancelled), ("NODE_FAIL", .ended),
      ("PREEMPTED", .ended), ("FAILED", .ended), ("COMPLETED", .ended), ("BOOT_FAIL", .ended),
    ]
    for (text, state) in expected { #expect(Slurm.State(text) == state, "\(text)") }
  }

  @Test func numbersBecomeRangesAndArrays() {
    #expect(BatchScript.ranges([3, 0, 1, 7, 2]) == "0-3,7")
    let arrays = BatchScript.arrays([0, 5, 999, 1000, 1001, 2500], greatest: 1000)
    #expect(arrays.map(\.first) == [0, 1000, 2000])
    #expect(arrays.map(\.tasks) == [[0, 5, 999], [0, 1], [500]])
  }

  @Test func theScriptHasWhatWasAskedFor() {
    var request = ClusterRequest(sharedFolder: "/shared")
    (request.partition, request.constraint, request.account) = ("bench", "a&b", "it's")
    func script(estimate: Double) -> BatchScript {
      BatchScript(
        request: request, name: "recallbench-x", folder: WorkFolder("/shared/my run"),
        program: ShippedProgram(launcher: "/shared/run", path: "/shared/bin/p", sha256: ""),
        minutes: request.minutes(estimate: estimate))
    }
    // Ten times the estimate, and ten minutes.
    #expect(script(estimate: 60).minutes == 20)
    let text = script(estimate: 0).text
    for line in [
      "#SBATCH --partition=bench", "#SBATCH --constraint='a&b'", "#SBATCH --account='it'\\''s'", "#SBATCH --mem=0",
      "#SBATCH --exclusive", "#SBATCH --time=10",
      "exec /shared/run work '/shared/my run' \"${2:-$((${1:-0} + SLURM_ARRAY_TASK_ID))}\"",
    ] { #expect(text.split(separator: "\n").contains { $0 == line }, "\(line)") }
    request.walltimeSeconds = 61
    #expect(script(estimate: 0).minutes == 2)
  }

  @Test func aNetworkFileSystemIsKnownByItsMount() {
    let mounts = """
      22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
      90 22 0:45 / /home rw,relatime shared:40 - nfs4 server:/home rw,vers=4.2
      """
    #expect(FileSystemKind.network(device: "0:45", mounts: mounts) == "nfs4")
    #expect(FileSystemKind.network(device: "8:1", mounts: mounts) == nil)
    #expect(FileSystemKind.network(device: "9:9", mounts: mounts) == nil)
  }

  @Test func unusualNodesAreThoseFarFromTheOthers() {
    let times = ["n1": [1.0, 1.02], "n2": [1.3, 1.31], "n3": [0.99], "n4": [1.01]]
    let unusual = ReferenceSearch.unusual(times)
    #expect(unusual.keys.sorted() == ["n2"])
    #expect(abs((unusual["n2"] ?? 0) - 0.295) < 0.01)
    // Of two nodes nobody can say which one is unusual.
    #expect(ReferenceSearch.unusual(["n1": [1], "n2": [2]]).isEmpty)
    #expect(ReferenceSearch.seconds() > 0)
  }
}
