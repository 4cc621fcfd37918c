import Datasets
import Files
import Foundation

/// Runs a plan as jobs of a Slurm cluster: writes orders, submits them, and collects the results into the ledger.
///
/// Only this process opens the ledger. It may end at any time; the jobs go on, and another process resumes the run.
public final class ClusterRun: Sendable {
  /// How the run ended.
  public enum End {
    case finished([CellRecord])
    /// Nobody waits for the jobs of these orders.
    case detached(orders: Int, folder: String)
    /// Somebody has cancelled the jobs of this number of cells, which have no record.
    case cancelled(cells: Int)
  }

  private let request: ClusterRequest
  private let jobs = ClusterJobs()

  public init(_ request: ClusterRequest) { self.request = request }

  /// Cancels all jobs of the run.
  public func cancel() { jobs.cancel() }

  // MARK: - The class of the nodes

  /// The folder of the work for a run.
  private func folder(run: Int) -> WorkFolder { WorkFolder("\(request.absoluteSharedFolder)/run-\(run)") }

  /// Checks that the cluster and the folders can be used.
  ///
  /// - Throws: `ClusterError.command` without Slurm, `.networkFileSystem` for the ledger's folder.
  public func check(results: String) throws(ClusterError) {
    if let kind = FileSystemKind.network(of: results) { throw .networkFileSystem(folder: results, kind: kind) }
    if request.submits, let missing = Slurm.missingCommand() {
      throw .command(name: missing, output: "there is no such command; run this on a machine of the cluster")
    }
  }

  /// A node of the cluster, by which the class of all others is fixed.
  public struct Node: Sendable {
    let machine: Machine
    let machineClass: MachineClass
    /// The provenance of measurements on the nodes of this class.
    public var provenance: Provenance { machine.provenance }
    /// The processors that a job may use.
    public var processors: Int { machineClass.processors }
    public var description: String { "\(machineClass)" }
  }

  /// Describes the nodes of the run to resume, or looks at the first node that a job gets.
  ///
  /// - Parameters:
  ///   - results: the folder with the ledger.
  ///   - resumes: whether the last run is resumed.
  public func node(results: String, resumes: Bool, program: Provenance) throws(ClusterError) -> Node {
    if resumes, Ledger.exists(in: results) {
      let last: Ledger.Run?
      do throws(LedgerError) { last = try Ledger(reading: results).lastRun() } catch { throw .ledger(error) }
      if let last, let probe: MachineProbe = try? WorkFolder.read(folder(run: last.number).machineFile) {
        return Node(machine: probe.machine, machineClass: probe.machineClass)
      }
    }
    guard request.submits else {
      // Another scheduler may have looked at a node, by `work FOLDER probe`; otherwise the nodes are like this machine.
      let shared = WorkFolder(request.absoluteSharedFolder)
      if let probe: MachineProbe = try? WorkFolder.read(shared.machineFile) {
        return Node(machine: probe.machine, machineClass: probe.machineClass)
      }
      let machine = Machine.current(provenance: program)
      return Node(machine: machine, machineClass: MachineClass(machine))
    }
    let folder = WorkFolder("\(request.absoluteSharedFolder)/probe-\(Self.newName())")
    defer { try? FileManager.default.removeItem(atPath: folder.path) }
    try folder.create()
    let shipped = try ShippedProgram.ship(
      Provenance.programPath, sha256: program.programSHA256, to: request.absoluteSharedFolder)
    let script = BatchScript(
      request: request, name: "recallbench-probe", folder: folder, program: shipped, estimate: 0)
    try WorkFolder.output { () throws(OutputError) in try OutputFile(folder.batchScript).write(script.text) }
    let job = try jobs.slurm.submit(
      folder.batchScript, options: ["--output=\(folder.path)/logs/probe.txt"], words: ["0", "probe"])
    jobs.insert(job)
    var pause = Pause()
    while true {
      if let probe: MachineProbe = try? WorkFolder.read(folder.machineFile) {
        return Node(machine: probe.machine, machineClass: probe.machineClass)
      }
      if let found = jobs.slurm.jobs(named: script.name)?.first(where: { $0.number == job }),
        ![.waiting, .running].contains(found.state), !FileManager.default.fileExists(atPath: folder.machineFile)
      {
        let log = (try? String(contentsOfFile: "\(folder.path)/logs/probe.txt", encoding: .utf8)) ?? ""
        throw .noProbe(
          job: job, state: found.state.rawValue, log: log.isEmpty ? "scontrol show job \(job)" : log)
      }
      pause.wait()
    }
  }

  private static func newName() -> String { String(UInt32.random(in: .min ... .max), radix: 36) }

  // MARK: - The run

  /// Measures all cells of a plan, or those that a run lacks which is resumed.
  ///
  /// - Parameters:
  ///   - runner: the plan with its ledger and the provenance of `node`.
  ///   - node: the class of the nodes.
  ///   - detaches: whether to return as soon as the jobs are submitted.
  public func run(
    _ runner: SweepRunner, on node: Node, _ start: SweepRunner.Start, command: String, tag: String, detaches: Bool,
    report: @escaping (ClusterEvent) -> Void
  ) throws(ClusterError) -> End {
    func ledger<Value>(_ body: () throws(LedgerError) -> Value) throws(ClusterError) -> Value {
      do throws(LedgerError) { return try body() } catch { throw .ledger(error) }
    }
    let opening = try ledger { () throws(LedgerError) in
      try runner.open(start, command: command, tag: tag, machine: node.machine) { report(.run($0)) }
    }
    let open: SweepRunner.OpenRun
    switch opening {
    case .finished(let records): return .finished(records)
    case .open(let run): open = run
    }
    let recording = open.recording
    let known = try ledger { () throws(LedgerError) in
      try runner.ledger.lastRun().map { run throws(LedgerError) in try runner.ledger.records(of: run) } ?? []
    }
    let work = folder(run: recording.run)
    let results = Self.results(of: runner)
    let earlier = try? work.description()
    // The jobs of another ledger's run with the same number may still be at work. A ledger that is resumed may have been
    // moved.
    if start != .resume, let other = earlier?.results, other != results {
      throw .otherLedger(path: work.path, results: other)
    }
    let isOwn = earlier?.programSHA256 == runner.provenance.programSHA256 && start == .resume
    if !isOwn { try? FileManager.default.removeItem(atPath: work.path) }
    try work.create()
    let collector = ClusterCollector(runner, recording, folder: work, known: known) { report(.run($0)) }
    for number in work.published().sorted() { _ = try collector.collect(number) }
    for (number, build) in runner.plan.builds.enumerated() {
      guard let problem = build.dataset.fault ?? build.obstacle, let missing = runner.missing(number, in: recording)
      else { continue }
      let status: CellStatus = build.dataset.fault == nil ? .skipped : .failed
      let part = recording.part(missing.build, missing.keys) { report(.run($0)) }
      try ledger { () throws(LedgerError) in
        try part.finish(missing.keys.map { _ in .ended(status, error: problem) })
      }
    }
    let orders = try writeOrders(runner, recording, node, to: work)
    if !orders.isEmpty {
      let queue = try prepare(runner, orders, node, in: work)
      guard request.submits else { return .detached(orders: orders.count, folder: work.path) }
      try queue.submitMissing(orders.map(\.number))
      if detaches { return .detached(orders: orders.count, folder: work.path) }
      let cancelled = try queue.follow(orders, collector, report: report)
      if cancelled > 0 { return .cancelled(cells: cancelled) }
    }
    let unusual = try collector.markUnusualNodes()
    for (node, share) in unusual.sorted(by: { $0.key < $1.key }) {
      report(.note("\(NoiseWarning.unusualNode(name: node, share: share))"))
    }
    try collector.checkDuplicates()
    return .finished(try ledger { () throws(LedgerError) in try runner.close(open, machine: node.machine) })
  }

  /// Writes an order for each group of missing cells, and takes an earlier order of the same cells where there is one.
  private func writeOrders(
    _ runner: SweepRunner, _ recording: Recording, _ node: Node, to work: WorkFolder
  ) throws(ClusterError) -> [WorkFolder.Order] {
    let published = work.published()
    var earlier: [[CellKey]: WorkFolder.Order] = [:]
    var next = 0
    for number in work.orders() {
      next = number + 1
      if !published.contains(number), let order = try? work.order(number) { earlier[order.keys] = order }
    }
    var orders: [WorkFolder.Order] = []
    for group in runner.groups {
      let missing = group.compactMap { runner.missing($0, in: recording) }
      guard !missing.isEmpty else { continue }
      if let order = earlier[missing.flatMap(\.keys)] {
        orders.append(order)
        continue
      }
      var order = WorkFolder.Order(number: next, builds: [])
      next += 1
      for (build, keys) in missing {
        var identity = runner.identity(keys, run: recording.run)
        identity.provenance = node.provenance
        var work = WorkOrder(
          build, places: Array(build.cells.indices), as: identity, folder: "", files: nil)
        work.dataset = build.dataset.atAbsolutePath()
        order.builds.append(work)
      }
      for file in Set(missing.compactMap(\.build.dataset.truthFile)) {
        let source = "\(runner.ledger.folder)/\(file)"
        guard let bytes = FileManager.default.contents(atPath: source) else { continue }
        try WorkFolder.output { () throws(OutputError) in
          _ = try OutputFolder(creating: ("\(work.path)/\(file)" as NSString).deletingLastPathComponent)
          try OutputFile("\(work.path)/\(file)").write(bytes)
        }
        order.truth[file] = SHA256.ofFile(source) ?? ""
      }
      try WorkFolder.write(order, to: work.orderFile(order.number))
      orders.append(order)
    }
    return orders
  }

  /// The absolute path of the ledger's folder.
  private static func results(of runner: SweepRunner) -> String {
    URL(filePath: runner.ledger.folder).standardizedFileURL.path(percentEncoded: false)
  }

  /// Writes what the jobs need beside their orders: the program, the description and the batch script.
  private func prepare(
    _ runner: SweepRunner, _ orders: [WorkFolder.Order], _ node: Node, in work: WorkFolder
  ) throws(ClusterError) -> OrderQueue {
    let digest = runner.provenance.programSHA256
    let shipped = try ShippedProgram.ship(Provenance.programPath, sha256: digest, to: request.absoluteSharedFolder)
    let description: WorkFolder.Description
    if work.exists {
      description = try work.description()
    } else {
      description = WorkFolder.Description(
        name: "recallbench-\(Self.newName())", run: orders.first?.builds.first?.run ?? 0, programSHA256: digest,
        machineClass: node.machineClass,
        results: Self.results(of: runner),
        scratch: request.scratch)
      try WorkFolder.write(
        MachineProbe(machine: node.machine, machineClass: node.machineClass), to: work.machineFile)
      try WorkFolder.write(description, to: work.descriptionFile())
    }
    let estimates = runner.groups.map { group in
      let plan = SweepPlan(workload: runner.plan.workload, builds: group.map { runner.plan.builds[$0] })
      return plan.estimate.buildSeconds + plan.estimate.searchSeconds
    }
    let script = BatchScript(
      request: request, name: description.name, folder: work, program: shipped, estimate: estimates.max() ?? 0)
    try WorkFolder.output { () throws(OutputError) in try OutputFile(work.batchScript).write(script.text) }
    return OrderQueue(script, jobs: jobs)
  }
}

extension SweepDataset {
  /// The same dataset with an absolute path, for jobs that begin in another folder.
  fileprivate func atAbsolutePath() -> SweepDataset {
    var moved = SweepDataset(
      argument: argument, path: URL(filePath: path).standardizedFileURL.path(percentEncoded: false), sha256: sha256,
      shape: shape, computed: computed, fault: fault)
    (moved.profile, moved.stamps) = (profile, stamps)
    return moved
  }
}
