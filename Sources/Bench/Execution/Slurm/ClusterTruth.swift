import Datasets
import Files
import Foundation

/// Finds the true neighbours of a dataset by jobs of a Slurm cluster, each of which searches a range of rows.
///
/// The work folder is named after the search, so that the same search that is begun again takes the shards that are
/// there.
public final class ClusterTruth: Sendable {
  private let request: ClusterRequest
  private let jobs = ClusterJobs()

  public init(_ request: ClusterRequest) { self.request = request }

  /// Cancels all jobs of the search.
  public func cancel() { jobs.cancel() }

  /// Searches all shards.
  ///
  /// - Parameters:
  ///   - shards: the row ranges, which together are all rows.
  ///   - program: the provenance of this program.
  /// - Returns: the files of candidates; `nil` when somebody has cancelled jobs.
  public func run(
    _ shards: [TruthShard], queries: Int, program: Provenance, report: (ClusterEvent) -> Void
  ) throws(ClusterError) -> [String]? {
    if let missing = Slurm.missingCommand() {
      throw .command(name: missing, output: "there is no such command; run this on a machine of the cluster")
    }
    // A dataset that is written again has other stamps, and its shards are searched again.
    let stamps: [FileStamp?]
    do throws(DatasetError) {
      stamps = try shards.first.map { (shard) throws(DatasetError) in try Dataset.stamps(path: shard.path) } ?? []
    } catch {
      throw .truth(.dataset(error))
    }
    let digest = SHA256.of(LedgerJSON.text(shards) + LedgerJSON.text(stamps) + program.programSHA256).prefix(12)
    let work = WorkFolder("\(request.absoluteSharedFolder)/truth-\(digest)")
    try work.create()
    let shipped = try ShippedProgram.ship(
      Provenance.programPath, sha256: program.programSHA256, to: request.absoluteSharedFolder)
    let name = "recallbench-truth-\(digest)"
    try WorkFolder.write(
      WorkFolder.Description(
        name: name, run: 0, programSHA256: program.programSHA256, machineClass: nil, scratch: request.scratch),
      to: work.descriptionFile())
    let orders = shards.enumerated().map { WorkFolder.Order(number: $0, builds: [], shard: $1) }
    for order in orders { try WorkFolder.write(order, to: work.orderFile(order.number)) }
    // Distances of one core: 2·10⁸ a second at 128 components.
    let longest = shards.map { Double($0.rows.count) * Double(queries) }.max() ?? 0
    let script = BatchScript(
      request: request, name: name, folder: work, program: shipped, minutes: request.minutes(estimate: longest / 2e8))
    try WorkFolder.output { () throws(OutputError) in try OutputFile(work.batchScript).write(script.text) }
    let collector = TruthCollector(folder: work)
    var left: [WorkFolder.Order] = []
    let published = work.published()
    for order in orders {
      // A shard that failed before is searched again.
      let isThere = published.contains(order.number) && (try? collector.collect(order.number)) == true
      if published.contains(order.number), !isThere {
        work.setAside(order.number)
        work.forgetAttempts(order.number)
      }
      if !isThere { left.append(order) }
    }
    var queue = OrderQueue(script, jobs: jobs)
    // The end of an earlier job was an error of the command that waited for it.
    try queue.submitMissing(left.map(\.number), again: Set(left.map(\.number)), report: report)
    var follower = OrderFollower(left, in: queue)
    guard try follower.follow(collector, report: report) == 0 else { return nil }
    return orders.map { "\(work.result($0.number))/\(TruthCandidates.fileName)" }
  }
}

/// Checks the shards that jobs bring back.
private struct TruthCollector: OrderCollector {
  let folder: WorkFolder

  func collect(_ number: Int) throws(ClusterError) -> Bool {
    guard let result = try folder.takeResult(number) else { return false }
    if let failure = result.failure { throw try failed(folder.order(number), failure) }
    return true
  }

  func record(_ order: WorkFolder.Order, _ stop: JobStop) throws(ClusterError) { throw failed(order, stop.error) }

  private func failed(_ order: WorkFolder.Order, _ problem: String) -> ClusterError {
    .shard(order.shard?.rows ?? 0..<0, problem: problem)
  }
}
