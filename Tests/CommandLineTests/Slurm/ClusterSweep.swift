import Bench
import Foundation

/// A small sweep of three builds and five cells, run on this machine or on a cluster.
struct ClusterSweep {
  let workspace: Workspace
  /// The variables by which the program finds the cluster.
  let environment: [String: String]

  /// What does not depend on the clock, as in `ResumeTests`.
  private static let columns = [
    "index", "build_parameters", "search_parameters", "k", "seed", "k-nn", "epsilon", "rel", "recall_ids", "distcomps",
    "candidates", "mode", "dataset_sha256",
  ]

  static let sweep = [
    "--index", "flat,ivf-flat", "--set", "nlist=2,4", "--set", "nprobe=1,2", "--runs", "1", "--queries", "10",
  ]

  /// The sweep in a new workspace, with commands that stand in for those of Slurm.
  static func onStandIn() throws -> (Workspace, StandInSlurm, ClusterSweep) {
    let workspace = try Workspace()
    let slurm = try StandInSlurm(in: workspace)
    return (workspace, slurm, ClusterSweep(workspace: workspace, environment: slurm.environment))
  }

  /// The folder of the orders of the first run.
  var work: String { "\(workspace.output)/slurm/run-1" }

  func words(_ folder: String, _ more: [String]) -> [String] {
    ["run", "--dataset", workspace.dataset, "--out", folder, "--allow-debug"] + more
  }

  /// Runs the sweep on the cluster.
  func run(
    _ more: [String] = [], sweep: [String] = Self.sweep, to folder: String? = nil, program: URL? = nil,
    environment: [String: String] = [:]
  ) throws -> (code: Int32, output: String, errors: String) {
    try Workspace.runProgram(
      words(folder ?? workspace.output, sweep + ["--on", "slurm"] + more),
      environment: self.environment.merging(environment) { $1 }, program: program)
  }

  /// Begins the sweep on the cluster in a process of its own.
  func begin(
    _ more: [String], sweep: [String] = Self.sweep, program: URL? = nil, environment: [String: String] = [:],
    errors: Pipe? = nil
  ) throws -> Process {
    let process = try BuiltProgram.process(words(workspace.output, sweep + ["--on", "slurm"] + more))
    if let program { process.executableURL = program }
    process.environment = ProcessInfo.processInfo.environment.merging(self.environment) { $1 }
      .merging(environment) { $1 }
    process.standardError = errors ?? FileHandle.nullDevice
    try process.run()
    return process
  }

  /// Runs the sweep on this machine, into another folder.
  func runHere(to folder: String, sweep: [String] = Self.sweep) throws -> Int32 {
    try Workspace.runProgram(words(folder, sweep + ["--quiet"])).code
  }

  /// The figures of a folder that do not depend on the clock, a row for each cell.
  func figures(_ folder: String? = nil) throws -> [[String]] {
    try workspace.rows(in: folder ?? workspace.output).map { row in Self.columns.map { row[$0] ?? "-" } }
  }

  /// The records of a folder's last run.
  func records(_ folder: String? = nil) throws -> [CellRecord] {
    let ledger = try Ledger(reading: folder ?? workspace.output)
    return try ledger.lastRun().map { try ledger.records(of: $0) } ?? []
  }

  /// Everything about a folder's last run that collecting again must not change.
  func ledgerText(_ folder: String) throws -> [String] {
    try records(folder).map {
      "\($0.key.text) \($0.status) \($0.finished.timeIntervalSince1970) \($0.measurement.map { "\($0)" } ?? $0.error)"
    }
  }
}
