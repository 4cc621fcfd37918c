import Bench
import Foundation

/// The options of a command whose work the jobs of a Slurm cluster can do.
enum ClusterOptions {
  static let on = Option(
    "--on", .choice("WHAT", ["slurm", "folder"]),
    "let jobs of a Slurm cluster do the work, or only write orders into a folder, for another scheduler")

  private static let partition = Option("--partition", .text("NAME"), "for --on slurm: the partition")
  private static let nodes = Option(
    "--nodes", .integer("N", 1...100_000), "for --on slurm: nodes that work at the same time; 1 when it is not given")
  private static let constraint = Option(
    "--constraint", .text("FEATURES"),
    "for --on slurm: features that all nodes must have, such as one model of processor")
  private static let account = Option("--account", .text("NAME"), "for --on slurm: the account that is charged")
  private static let walltime = Option(
    "--walltime", .seconds("TIME"), "for --on slurm: the walltime of a job; ten times the estimate when it is not given"
  )
  private static let shared = Option(
    "--shared", .folder("DIR"),
    "for --on slurm: a folder that all nodes share, for orders and results; slurm in the results folder when it is not "
      + "given")
  private static let scratch = Option(
    "--scratch", .folder("DIR"),
    "for --on slurm: a folder on each node's own disk, for copies of datasets; TMPDIR of the node when it is not given")

  static let detach = Option("--detach", .flag, "for --on slurm: submit the jobs and end; --resume collects")
  static let interrupt = Option(
    "--on-interrupt", .choice("ACTION", ["detach", "cancel"]),
    "for --on slurm: what Ctrl-C does to the jobs; detach when it is not given, with which they go on")

  static let all = [on, partition, nodes, constraint, account, walltime, shared, scratch, detach, interrupt]

  /// What the options ask of the cluster; `nil` without `--on`.
  ///
  /// - Parameter results: the folder of the results.
  /// - Throws: `UsageError` for an option that needs `--on`.
  static func request(_ arguments: Arguments, results: String) throws(UsageError) -> ClusterRequest? {
    guard arguments.has(on.name) else {
      for option in all where arguments.has(option.name) {
        throw .missingOption("\(on.name), which \(option.name) is for,")
      }
      return nil
    }
    var request = ClusterRequest(sharedFolder: arguments.text(shared.name) ?? "\(results)/slurm")
    request.submits = arguments.text(on.name) == "slurm"
    request.partition = arguments.text(partition.name)
    request.nodes = arguments.integer(nodes.name) ?? 1
    request.constraint = arguments.text(constraint.name)
    request.account = arguments.text(account.name)
    request.walltimeSeconds = arguments.seconds(walltime.name)
    request.scratch = arguments.text(scratch.name)
    return request
  }
}
