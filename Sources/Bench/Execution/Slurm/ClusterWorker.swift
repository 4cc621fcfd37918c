import Datasets
import Files
import Foundation
import HDF5
import VectorCore
import VectorIndexes

/// The work of one job: it measures one order of a work folder, and publishes the result there.
///
/// It needs no scheduler: the attempt takes the names of the node and the job from Slurm's variables where they are set.
public struct ClusterWorker {
  private let folder: WorkFolder
  private let program: String
  private let provenance: Provenance
  private let catalog: IndexCatalog

  /// How the work ended.
  public enum End: Sendable, Equatable {
    /// The result is in this folder.
    case published(String)
    /// The order had a result already.
    case alreadyPublished
    /// This node is of another class, for this reason.
    case refused(reason: String)
  }

  /// - Parameters:
  ///   - path: the work folder.
  ///   - catalog: the kinds of index that the program knows.
  ///   - commit: the commit from which the program was built.
  public init(_ path: String, catalog: IndexCatalog, commit: String) {
    folder = WorkFolder(path)
    self.catalog = catalog
    program = Provenance.programPath
    provenance = .current(commit: commit)
  }

  /// Writes the description of this machine into the work folder, unless another job of the same program has done so.
  public func probe() throws(ClusterError) {
    if let earlier: MachineProbe = try? WorkFolder.read(folder.machineFile), earlier.isOf(provenance) { return }
    let machine = Machine.current(provenance: provenance)
    try WorkFolder.write(
      MachineProbe(machine: machine, machineClass: MachineClass(machine)), to: folder.machineFile)
  }

  /// Carries out an order.
  ///
  /// - Parameter number: the number of the order.
  /// - Throws: `ClusterError` for a folder without the order, another program, and a result that cannot be written.
  public func work(on number: Int) throws(ClusterError) -> End {
    let description = try folder.description(isLate: true)
    guard provenance.programSHA256 == description.programSHA256 else {
      throw .otherProgram(path: folder.path, expected: description.programSHA256)
    }
    let order = try folder.order(number, isLate: true)
    guard !folder.published().contains(number) else { return .alreadyPublished }
    let attempt = WorkAttempt.current(number)
    let earlier = folder.attempts(number).filter { $0 != attempt }
    try attempt.begin(in: folder)
    if earlier.count >= WorkAttempt.most {
      return .published(try folder.publishFailure(of: order, attempt, WorkAttempt.loss(of: earlier)))
    }
    if let shard = order.shard { return .published(try search(shard, attempt, scratch: description.scratch)) }
    let machineClass = MachineClass(Machine.current(provenance: provenance))
    if let expected = description.machineClass, let reason = machineClass.difference(from: expected) {
      attempt.tell("refused: \(reason)", in: folder)
      try folder.refuse(WorkRefusal(attempt: attempt, machineClass: machineClass, reason: reason))
      // Otherwise this node, which is free again at once, would take and refuse one task of the array after another.
      Slurm.exclude(Array(Set(folder.refusals().map(\.attempt.node))).sorted(), fromTasksOf: attempt.job)
      return .refused(reason: reason)
    }
    let node = ClusterNode(name: attempt.node, job: attempt.job, machineClass: machineClass)
    do throws(ClusterError) {
      return .published(try measure(order, attempt, on: node, scratch: description.scratch))
    } catch {
      // It would fail on other nodes of this class, too.
      guard case .base = error else { throw error }
      return .published(try folder.publishFailure(of: order, attempt, "\(error)"))
    }
  }

  /// Searches for true neighbours among the rows of a shard.
  private func search(
    _ shard: TruthShard, _ attempt: WorkAttempt, scratch: String?
  ) throws(ClusterError) -> String {
    let scratch = "\(scratch ?? NSTemporaryDirectory())/recallbench"
    IndexFolder.removeAbandoned(in: scratch)
    let place = IndexFolder(temporaryIn: scratch)
    defer { withExtendedLifetime(place) {} }
    var result = WorkResult(attempt: attempt, node: nil)
    do throws(TruthError) {
      let candidates = try shard.run(threads: UsableProcessors.count) { searched, rows in
        attempt.tell("\(searched) of \(rows) rows", in: folder)
      }
      do throws(HDF5Error) { try candidates.write(to: "\(place.path)/\(TruthCandidates.fileName)") } catch {
        throw .candidates(error)
      }
      result.files = [TruthCandidates.fileName]
    } catch {
      result.failure = "\(error)"
    }
    return try folder.publish(result, from: place.path)
  }

  /// The provenance of a side's measurements: this program, or the base of a pair as it describes itself on this node.
  private func provenance(of side: WorkSide, in order: WorkFolder.Order) throws(ClusterError) -> Provenance {
    guard side == .base, let base = order.pair?.base else { return provenance }
    guard SHA256.ofFile(base.path) == base.sha256 else {
      throw .damaged(path: base.path, problem: "not the program that was shipped")
    }
    do throws(BenchError) {
      // A program on a network file system may start slowly.
      return provenance.ofOther(
        try WorkerGreeting.of(base.launcher, seconds: 120).provenance, sha256: base.sha256)
    } catch {
      throw .base(error)
    }
  }

  private func measure(
    _ order: WorkFolder.Order, _ attempt: WorkAttempt, on node: ClusterNode, scratch: String?
  ) throws(ClusterError) -> String {
    let scratch = "\(scratch ?? NSTemporaryDirectory())/recallbench"
    // Jobs that were killed have left theirs.
    IndexFolder.removeAbandoned(in: scratch)
    let place = IndexFolder(temporaryIn: scratch)
    defer { withExtendedLifetime(place) {} }
    let staging = NodeStaging(folder: URL(filePath: "\(scratch)/datasets").standardizedFileURL.path)
    for (name, digest) in order.truth {
      let file = staging.staged(file: "\(folder.path)/\(name)", sha256: digest)
      let link = "\(place.path)/\(name)"
      try WorkFolder.output { () throws(OutputError) in
        _ = try OutputFolder(creating: (link as NSString).deletingLastPathComponent)
      }
      symlink(URL(filePath: file).standardizedFileURL.path, link)
    }
    var copies: [String: SweepDataset] = [:]
    attempt.tell("copying the dataset", in: folder)
    for dataset in order.builds.map(\.dataset) where dataset.fault == nil && copies[dataset.sha256] == nil {
      copies[dataset.sha256] = staging.staged(dataset)
    }
    var node = node
    node.referenceSeconds.append(ReferenceSearch.seconds())
    var builds: [(build: SweepPlan.Build, identity: WorkOrder.Identity)] = []
    for work in order.builds {
      guard let build = work.build(of: catalog, on: copies[work.dataset.sha256] ?? work.dataset) else {
        throw .damaged(path: folder.orderFile(order.number), problem: "this program has no index \(work.kind)")
      }
      var identity = try provenance(of: work.side, in: order)
      identity.node = node
      builds.append(
        (
          build,
          WorkOrder.Identity(
            keys: work.cells.map(\.key), provenance: identity, run: work.run, disturbances: work.disturbances)
        ))
    }
    var count = 0
    let total = order.keys.count
    let outcomes = GroupMeasurement(
      supervisor: Supervisor(.children(program: program)), pair: order.pair, folder: place.path
    ).measure(builds) { event in
      if case .ended = event { count += 1 }
      attempt.tell("\(count)/\(total) \(event.activity)", in: folder)
    }
    node.referenceSeconds.append(ReferenceSearch.seconds())
    let cells = zip(builds, outcomes).flatMap { build, outcomes in
      zip(build.identity.keys, outcomes).map { key, outcome in
        WorkResult.Cell(key: key, outcome.on(node), limits: build.build.limits, in: place.path)
      }
    }
    let result = WorkResult(attempt: attempt, node: node, cells: cells)
    let published = try folder.publish(result, from: place.path)
    attempt.tell("published", in: folder)
    return published
  }
}

/// The first node of a cluster, by which the class of all nodes is fixed.
struct MachineProbe: Codable, Sendable {
  let machine: Machine
  let machineClass: MachineClass

  /// Whether the program of this provenance has described the node.
  func isOf(_ program: Provenance) -> Bool { machine.provenance.programSHA256 == program.programSHA256 }
}

extension WorkFolder {
  /// Publishes that an order has failed.
  ///
  /// - Parameter error: the reason in one line.
  @discardableResult
  func publishFailure(of order: Order, _ attempt: WorkAttempt, _ error: String) throws(ClusterError) -> String {
    let cells = order.keys.map { WorkResult.Cell(key: $0, .ended(.failed, error: error), limits: nil, in: path) }
    return try publish(WorkResult(attempt: attempt, node: nil, cells: cells, failure: error), from: path)
  }
}

extension WorkOrder {
  /// The build that the order describes, over a copy of its dataset; `nil` for an index that the program does not have.
  fileprivate func build(of catalog: IndexCatalog, on dataset: SweepDataset) -> SweepPlan.Build? {
    subject(of: catalog).map { subject in
      SweepPlan.Build(
        dataset: dataset, variant: identity.variant, subject: subject, parameters: parameters,
        seed: cells[0].planned.options.seed, limits: limits, cells: cells.map(\.planned))
    }
  }
}

extension CellRecord.Outcome {
  /// The outcome with the times of the node's reference search, and a warning when they differ.
  fileprivate func on(_ node: ClusterNode) -> CellRecord.Outcome {
    guard case .measured(var measurement, let file) = self else { return self }
    measurement.provenance.node = node
    if let before = node.referenceSeconds.first, let after = node.referenceSeconds.last,
      abs(after / before - 1) > ReferenceSearch.tolerance
    {
      measurement.noise.append(.referenceChanged(share: after / before - 1))
    }
    return .measured(measurement, rawFile: file)
  }
}

extension Supervisor.Event {
  /// The event in words, for the file of progress.
  fileprivate var activity: String {
    switch self {
    case .loading: "reading the dataset"
    case .building: "building"
    case .round(_, let number): "round \(number)"
    case .working(let text): text
    case .ended: "measured a cell"
    case .restarting(let reason): reason
    }
  }
}
