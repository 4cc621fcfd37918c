import Datasets
import Foundation
import Testing

@testable import Bench
@testable import RecallBenchCLI

/// A measured sweep, whose first three records are put into ledgers as a test needs them.
struct MadeLedger {
  /// The sweep's folder, with the ledger and the raw results.
  let workspace: Workspace
  let records: [CellRecord]
  private let machine: Machine

  /// A sweep of three cells.
  static let search = [
    "--runs", "2", "--index", "flat", "--index", "ivf-flat", "--set", "nlist=4", "--set", "nprobe=1,4",
  ]
  static let drift = ["--workload", "drift", "--runs", "2", "--index", "flat"]
  static let ingest = [
    "--workload", "ingest", "--idle", "0.01s", "--index", "memtable", "--set", "nlist=4", "--set", "m=4",
  ]

  init(_ sweep: [String] = search) throws {
    workspace = try Workspace()
    #expect(workspace.run(["--in-process", "--queries", "8", "-k", "3"] + sweep) == .success)
    records = Array(try FolderResults(latestOf: Ledger(reading: workspace.output)).records.prefix(3))
    machine = .current(provenance: try #require(records[0].measurement).provenance)
    try #require(records.count == 3)
  }

  /// A run of another ledger: how each of the cells ended.
  enum Ending: Sendable, Hashable {
    case ended(CellStatus)
    /// Not planned; planned, and the run was killed before.
    case absent, unreached
  }

  /// A new folder with a ledger of runs, which share the sweep's raw results.
  func folder(_ name: String, _ runs: [[Ending]], tags: [String] = []) throws -> String {
    let folder = "\(workspace.path)/\(name)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder)/results", withDestinationPath: "\(workspace.output)/results")
    let ledger = try Ledger(folder: folder)
    for (number, endings) in runs.enumerated() {
      let cells = zip(records, endings).filter { $0.1 != .absent }
      let run = try ledger.beginRun(
        command: "recallbench run",
        keys: cells.map { $0.1 == .unreached ? CellKey(text: SHA256.of("\($0.0.key.text) \(number)")) : $0.0.key },
        machine: machine,
        tag: number < tags.count ? tags[number] : "")
      try ledger.record(cells.compactMap { record, ending in Self.record(record, ending) }, run: run)
      if !endings.contains(.unreached) { try ledger.endRun(run, machine: machine) }
    }
    return folder
  }

  private static func record(_ record: CellRecord, _ ending: Ending) -> CellRecord? {
    guard case .ended(let status) = ending else { return nil }
    return CellRecord(
      key: record.key, dataset: record.dataset, variant: record.variant, planned: record.planned,
      outcome: status == .ok ? record.outcome : .ended(status, error: "so it was"), finished: record.finished)
  }
}
