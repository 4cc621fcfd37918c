import Files
import Foundation

extension ClusterRun {
  /// A node of the cluster, by which the class of all others is fixed.
  public struct Node: Sendable {
    let machine: Machine
    let machineClass: MachineClass
    /// The provenance of measurements on the nodes of this class.
    public var provenance: Provenance { machine.provenance }
    /// The processors that a job may use.
    public var processors: Int { machineClass.processors }
    public var description: String { "\(machineClass)" }

    fileprivate init(_ probe: MachineProbe) { (machine, machineClass) = (probe.machine, probe.machineClass) }
  }

  /// Describes the nodes of the run to resume, or looks at the first node that a job gets.
  ///
  /// - Parameters:
  ///   - results: the folder with the ledger.
  ///   - resumes: whether the last run is resumed.
  ///   - program: the provenance of this program.
  ///   - report: receives a line for people when the job needs them.
  /// - Throws: `ClusterError.ledger` when an unfinished run was begun by another build of the program, `.otherProbe`,
  ///   `.noProbe`.
  public func node(
    results: String, resumes: Bool, program: Provenance, report: (String) -> Void
  ) throws(ClusterError) -> Node {
    if resumes, let probe = try earlierProbe(results: results, program: program) { return Node(probe) }
    guard request.submits else {
      // Another scheduler may have looked at a node, by `work FOLDER probe`; otherwise the nodes are like this machine.
      let shared = WorkFolder(request.absoluteSharedFolder)
      guard let probe: MachineProbe = try? WorkFolder.read(shared.machineFile) else {
        let machine = Machine.current(provenance: program)
        return Node(MachineProbe(machine: machine, machineClass: MachineClass(machine)))
      }
      guard probe.isOf(program) else { throw .otherProbe(path: shared.machineFile) }
      return Node(probe)
    }
    return Node(try lookAtNode(program, report))
  }

  /// What is known of the nodes of the run to resume; `nil` when nothing is, or when that run is finished and was
  /// measured by another build of the program, so that a new run begins.
  private func earlierProbe(results: String, program: Provenance) throws(ClusterError) -> MachineProbe? {
    guard Ledger.exists(in: results) else { return nil }
    let last: Ledger.Run?
    do throws(LedgerError) { last = try Ledger(reading: results).lastRun() } catch { throw .ledger(error) }
    guard let last, let probe: MachineProbe = try? WorkFolder.read(folder(run: last.number).machineFile) else {
      return nil
    }
    if probe.isOf(program) { return probe }
    guard last.ended == nil else { return nil }
    var told = program
    told.simd = probe.machine.provenance.simd
    let now = probe.machine.provenance.ofOther(told, sha256: program.programSHA256)
    let difference = now.difference(from: probe.machine.provenance) ?? "another build of the program"
    throw .ledger(.otherRun(folder: results, number: last.number, difference: "was measured by \(difference)"))
  }

  /// Lets a job describe its node.
  private func lookAtNode(_ program: Provenance, _ report: (String) -> Void) throws(ClusterError) -> MachineProbe {
    let folder = WorkFolder("\(request.absoluteSharedFolder)/probe-\(Self.newName())")
    defer { try? FileManager.default.removeItem(atPath: folder.path) }
    try folder.create()
    let shipped = try ShippedProgram.ship(
      Provenance.programPath, sha256: program.programSHA256, to: request.absoluteSharedFolder)
    let script = BatchScript(
      request: request, name: "recallbench-probe", folder: folder, program: shipped,
      minutes: request.minutes(estimate: 0))
    try WorkFolder.output { () throws(OutputError) in try OutputFile(folder.batchScript).write(script.text) }
    let log = "\(folder.path)/logs/probe.txt"
    let job = try jobs.slurm.submit(folder.batchScript, options: ["--output=\(log)"], words: ["0", "probe"])
    jobs.insert(job)
    var patience = Patience(for: folder.path, least: .seconds(5))
    var pause = Pause()
    var told = ""
    func tellOnce(_ text: String) {
      if text != told { report(text) }
      told = text
    }
    while true {
      let listed = jobs.slurm.jobs(named: script.name)
      // After the jobs were listed, so that a job that has ended is not taken for one without a result.
      if let probe: MachineProbe = try? WorkFolder.read(folder.machineFile) {
        guard probe.isOf(program) else { throw .replacedProgram(path: shipped.path) }
        return probe
      }
      let found = listed?.first { $0.number == job }
      if listed == nil {
        tellOnce("squeue does not answer; job \(job), which looks at the first node, is waited for")
      } else if let found, [.waiting, .running].contains(found.state) {
        patience.restart(for: "\(job)")
        if found.isHeld { tellOnce("job \(job), which looks at the first node, is held: scontrol release \(job)") }
      } else if patience.isOver(for: "\(job)", isListed: found != nil) {
        let output = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        throw .noProbe(
          job: job, state: found?.state.rawValue ?? "unknown to Slurm",
          log: output.isEmpty ? "scontrol show job \(job)" : output)
      }
      pause.wait()
    }
  }
}
