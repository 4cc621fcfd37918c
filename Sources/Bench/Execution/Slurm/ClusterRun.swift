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

  let request: ClusterRequest
  let jobs = ClusterJobs()

  public init(_ request: ClusterRequest) { self.request = request }

  /// Cancels all jobs of the run.
  public func cancel() { jobs.cancel() }

  /// The folder of the work for a run.
  func folder(run: Int) -> WorkFolder { WorkFolder("\(request.absoluteSharedFolder)/run-\(run)") }

  /// Checks that the cluster and the folders can be used.
  ///
  /// - Throws: `ClusterError.command` without Slurm, `.networkFileSystem` for the ledger's folder.
  public func check(results: String) throws(ClusterError) {
    if let kind = FileSystemKind.network(of: results) { throw .networkFileSystem(folder: results, kind: kind) }
    if request.submits, let missing = Slurm.missingCommand() {
      throw .command(name: missing, output: "there is no such command; run this on a machine of the cluster")
    }
  }

  static func newName() -> String { String(UInt32.random(in: .min ... .max), radix: 36) }

  // MARK: - The run

  /// Measures all cells of a plan, or those that a run lacks which is resumed.
  ///
  /// - Parameters:
  ///   - runner: the plan with its ledger and the provenance of `node`.
  ///   - node: the class of the nodes.
  ///   - detaches: whether to return as soon as the jobs are submitted.
  public func run(
    _ runner: ClusterRunner, on node: Node, _ start: SweepRunner.Start, command: String, tag: String, detaches: Bool,
    report: @escaping (ClusterEvent) -> Void
  ) throws(ClusterError) -> End {
    func ledger<Value>(_ body: () throws(LedgerError) -> Value) throws(ClusterError) -> Value {
      do throws(LedgerError) { return try body() } catch { throw .ledger(error) }
    }
    let minutes = request.minutes(estimate: runner.longestSeconds)
    let opening = try ledger { () throws(LedgerError) in
      try runner.open(
        start, command: command, tag: tag, on: node.machine, walltimeSeconds: Double(minutes) * 60
      ) { report(.run($0)) }
    }
    let recording: ClusterRecording
    switch opening {
    case .finished(let records): return .finished(records)
    case .open(let open): recording = open
    }
    let work = folder(run: recording.run)
    let results = Self.results(of: runner)
    let earlier = try? work.description()
    let started = try ledger { () throws(LedgerError) in try runner.ledger.run(recording.run)?.started }
    // The jobs of another ledger's run with the same number may still be at work. A ledger that is resumed may have been
    // moved.
    if let earlier, let other = earlier.results, other != results, started == nil || earlier.started != started {
      throw .otherLedger(path: work.path, results: other)
    }
    let isOwn = earlier?.programSHA256 == runner.provenance.programSHA256 && start == .resume
    if !isOwn { try? FileManager.default.removeItem(atPath: work.path) }
    try work.create()
    let collector = ClusterCollector(recording, folder: work) { report(.run($0)) }
    var collected: Set<Int> = []
    for number in work.published().sorted() where try collector.collect(number) { collected.insert(number) }
    for (number, build) in runner.plan.builds.enumerated() {
      guard let problem = build.dataset.fault ?? build.obstacle, let missing = recording.missing(number)
      else { continue }
      let status: CellStatus = build.dataset.fault == nil ? .skipped : .failed
      for (side, keys) in zip(recording.sides, missing.keys) {
        let part = side.recording.part(missing.build, keys) { report(.run($0)) }
        try ledger { () throws(LedgerError) in try part.finish(keys.map { _ in .ended(status, error: problem) }) }
      }
    }
    let orders = try writeOrders(runner, recording, collected, to: work)
    if !orders.isEmpty {
      var queue = try prepare(runner, recording.run, started, node, minutes: minutes, in: work)
      guard request.submits else { return .detached(orders: orders.count, folder: work.path) }
      try queue.submitMissing(orders.map(\.number), again: ranOutOfMemory(orders, recording), report: report)
      if detaches { return .detached(orders: orders.count, folder: work.path) }
      var follower = OrderFollower(orders, in: queue)
      let cancelled = try follower.follow(collector, report: report)
      if cancelled > 0 { return .cancelled(cells: cancelled) }
    }
    let unusual = try collector.markUnusualNodes()
    for (node, share) in unusual.sorted(by: { $0.key < $1.key }) {
      report(.note("\(NoiseWarning.unusualNode(name: node, share: share))"))
    }
    try collector.checkDuplicates()
    return .finished(try ledger { () throws(LedgerError) in try recording.close() })
  }

  /// The orders whose jobs the ledger knows to have taken too much memory; another node may have more.
  private func ranOutOfMemory(_ orders: [WorkFolder.Order], _ recording: ClusterRecording) -> Set<Int> {
    let isKnown = { (key: CellKey) in recording.sides.contains { $0.known[key]?.status == .outOfMemory } }
    return Set(orders.filter { $0.keys.contains(where: isKnown) }.map(\.number))
  }

  /// Writes an order for each group of missing cells, and takes an earlier order of the same cells where there is one.
  ///
  /// An earlier order gets the limits of now; a job that has begun it keeps the earlier ones, and tells them with its
  /// result.
  ///
  /// - Parameter collected: the earlier orders whose results were collected. One that has a result since then is taken.
  private func writeOrders(
    _ runner: ClusterRunner, _ recording: ClusterRecording, _ collected: Set<Int>, to work: WorkFolder
  ) throws(ClusterError) -> [WorkFolder.Order] {
    var earlier: [[CellKey]: WorkFolder.Order] = [:]
    var next = 0
    for number in work.orders() {
      next = number + 1
      if !collected.contains(number), let order = try? work.order(number) { earlier[order.keys] = order }
    }
    var orders: [WorkFolder.Order] = []
    var base: ShippedProgram?
    for group in runner.groups {
      let missing = group.compactMap { number in recording.missing(number).map { (number: number, part: $0) } }
      guard let first = missing.first else { continue }
      // Earlier orders need it, too.
      if case .pair(let pair) = runner, base == nil {
        base = try ShippedProgram.ship(
          pair.programs.base, sha256: pair.provenance.base.programSHA256, to: request.absoluteSharedFolder)
      }
      var order = WorkFolder.Order(number: next, builds: [])
      for (build, keys) in missing.map(\.part) {
        for (side, keys) in zip(recording.sides, keys) {
          var work = WorkOrder(
            build, places: Array(build.cells.indices), as: side.identity(keys), folder: "", files: nil)
          (work.dataset, work.side) = (build.dataset.atAbsolutePath(), side.side)
          order.builds.append(work)
        }
      }
      if var known = earlier[order.keys] {
        if known.builds.map(\.limits) != order.builds.map(\.limits) {
          for (place, build) in order.builds.enumerated() { known.builds[place].limits = build.limits }
          try WorkFolder.write(known, to: work.orderFile(known.number))
        }
        orders.append(known)
        continue
      }
      next += 1
      if case .pair(let pair) = runner, let base {
        order.pair = WorkFolder.Pair(base: base, first: pair.first(first.number))
      }
      for file in Set(missing.compactMap(\.part.build.dataset.truthFile)) {
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
  private static func results(of runner: ClusterRunner) -> String {
    URL(filePath: runner.ledger.folder).standardizedFileURL.path(percentEncoded: false)
  }

  /// Writes what the jobs need beside their orders: the program, the description and the batch script.
  ///
  /// - Parameters:
  ///   - run: the number of the run in the ledger.
  ///   - started: when that run began.
  ///   - minutes: the walltime of a job.
  private func prepare(
    _ runner: ClusterRunner, _ run: Int, _ started: Date?, _ node: Node, minutes: Int, in work: WorkFolder
  ) throws(ClusterError) -> OrderQueue {
    let digest = runner.provenance.programSHA256
    let shipped = try ShippedProgram.ship(Provenance.programPath, sha256: digest, to: request.absoluteSharedFolder)
    let description: WorkFolder.Description
    if work.exists {
      description = try work.description()
    } else {
      description = WorkFolder.Description(
        name: "recallbench-\(Self.newName())", run: run, programSHA256: digest, machineClass: node.machineClass,
        results: Self.results(of: runner), started: started, scratch: request.scratch)
      try WorkFolder.write(
        MachineProbe(machine: node.machine, machineClass: node.machineClass), to: work.machineFile)
      try WorkFolder.write(description, to: work.descriptionFile())
    }
    let script = BatchScript(
      request: request, name: description.name, folder: work, program: shipped, minutes: minutes)
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
