import Foundation
import Testing
import VectorCore

@testable import Bench
@testable import RecallBenchCLI

/// What `history` says on the morning after thirty nights.
@Suite struct MorningTests {
  private let workspace: Workspace
  private let records: [CellRecord]

  init() throws {
    workspace = try Workspace()
    let words = [
      "--in-process", "--queries", "4", "-k", "3,5", "--runs", "1", "--index", "flat,ivf-flat,ivf-pq", "--set",
      "nlist=4",
      "--set", "m=4", "--set", "nprobe=1,2,4",
    ]
    #expect(workspace.run(words) == .success)
    records = try FolderResults(latestOf: Ledger(reading: workspace.output)).records
    try #require(records.count == 14)
  }

  /// A folder with thirty nights of these cells, whose queries per second have a noise of 1 %.
  ///
  /// - Parameter change: the logarithm of the change of an index in a night, and the factor of its noise.
  private func nights(_ change: (_ index: String, _ night: Int) -> (shift: Double, noise: Double)) throws -> String {
    let folder = "\(workspace.path)/\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let ledger = try Ledger(folder: folder)
    var random = SeededGenerator(seed: 30)
    let first = Date(timeIntervalSince1970: 1_790_000_000)
    for night in 1...30 {
      let time = first.addingTimeInterval(86_400 * Double(night))
      let changed = records.map { record in
        guard case .measured(var measurement, let file) = record.outcome else { return record }
        let (shift, factor) = change(record.variant, night)
        let noise = (0..<12).reduce(0.0) { sum, _ in sum + random.nextUnit() } - 6
        measurement.speed.queriesPerSecond = 10_000 * exp(shift + 0.01 * factor * noise)
        let old = measurement.provenance
        measurement.provenance = Provenance(commit: "commit\(night)", cpu: old.cpu, system: old.system)
        measurement.timestamp = time
        return CellRecord(
          key: record.key, dataset: record.dataset, variant: record.variant, planned: record.planned,
          outcome: .measured(measurement, rawFile: file), finished: time)
      }
      let machine = Machine.current(provenance: try #require(changed[0].measurement).provenance)
      let run = try ledger.beginRun(
        command: "recallbench run", keys: changed.map(\.key), machine: machine, tag: "night-\(night)", at: time)
      try ledger.record(changed, run: run)
      try ledger.endRun(run, machine: machine, at: time)
    }
    return folder
  }

  @Test func threeChangesAreNamedAndNothingElse() throws {
    let folder = try nights { index, night in
      switch index {
      case "ivf-flat": (night >= 12 ? log(0.92) : 0, 1)
      case "ivf-pq": (0, night >= 16 ? 8 : 1)
      default: (night >= 20 ? log(1.12) : 0, 1)
      }
    }
    let ended = try Workspace.runProgram(["history", "--metric", "qps", "--out", folder])
    let lines = ended.output.split(separator: "\n", omittingEmptySubsequences: false).prefix { !$0.isEmpty }
    let report = lines.joined(separator: "\n")
    try #require(ended.code == 0 && lines.count == 7, "\(report) \(ended.errors)")
    #expect(lines[0] == "3 changes of qps in 14 series over 30 runs, the worst first")
    #expect(lines[1].hasPrefix("worse: small-8-euclidean, ivf-pq: spread ±"), "\(report)")
    #expect(lines[1].hasSuffix("from run 16 (night-16, commit16)"), "\(report)")
    #expect(lines[3].hasPrefix("worse: small-8-euclidean, ivf-flat: -8."), "\(report)")
    #expect(lines[3].hasSuffix("from run 12 (night-12, commit12)"), "\(report)")
    #expect(lines[4].contains(", between commit11 and commit12, in 6 of 6 series, most in ivf-flat("), "\(report)")
    #expect(lines[5].hasPrefix("better: small-8-euclidean, flat: +1"), "\(report)")
    #expect(lines[5].hasSuffix("from run 20 (night-20, commit20)"), "\(report)")
    #expect(lines.allSatisfy { $0.count <= 100 })
    // Every night is listed on request only.
    #expect(!ended.output.contains("night-7 "))
    let all = try Workspace.runProgram(["history", "--metric", "qps", "--all", "--out", folder])
    #expect(all.output.hasPrefix(report) && all.output.contains("night-7 "))
  }

  @Test func anUnchangedProgramHasNoChange() throws {
    let folder = try nights { _, _ in (0, 1) }
    let ended = try Workspace.runProgram(["history", "--metric", "qps", "--out", folder])
    #expect(ended.output.hasPrefix("no change of qps in 14 series over 30 runs\n\n"), "\(ended.output.prefix(500))")
  }
}
