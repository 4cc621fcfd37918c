import Datasets
import Foundation
import TestSupport
import Testing

@testable import Bench

/// The results of a pair of runs, each collected by a process that continues the pair.
@Suite struct ClusterCollectorTests {
  private let temporary: TemporaryFolder
  private let folder: WorkFolder
  private let ledger: Ledger
  private let build: SweepPlan.Build
  private let plan: SweepPlan
  /// The keys of each build's cells, for each side.
  private let keys: Sides<[[CellKey]]>
  private let runs: Sides<Int>

  init() throws {
    let temporary = try TemporaryFolder()
    let folder = WorkFolder("\(temporary.path)/work")
    try folder.create()
    var sweep = Sweep()
    sweep.rounds = 1
    sweep.indexes = .variants([try IndexVariant(Subject(ExactIndex.self))])
    let plan = try SweepPlan(sweep, datasets: [.fixture()])
    func keys(_ side: WorkSide) -> [[CellKey]] {
      plan.builds.map { build in
        build.cells.map { CellKey($0, variant: build.variant, dataset: build.dataset, code: side.rawValue) }
      }
    }
    let both = Sides(base: keys(.base), head: keys(.head))
    let ledger = try Ledger(folder: temporary.path)
    let machine = Machine.current(provenance: Provenance(commit: "", cpu: "", system: ""))
    runs = try ledger.beginPair(
      command: "c", keys: Sides(base: both.base.flatMap { $0 }, head: both.head.flatMap { $0 }),
      machines: Sides(base: machine, head: machine), tag: "")
    self.keys = both
    self.ledger = ledger
    self.plan = plan
    build = plan.builds[0]
    self.folder = folder
    self.temporary = temporary
  }

  /// Publishes a result of the first cell on both sides.
  private func publish(_ number: Int, base: CellStatus, head: CellStatus, at seconds: Double) throws {
    let out = "\(temporary.path)/out"
    func cell(_ side: WorkSide, _ status: CellStatus) throws -> WorkResult.Cell {
      var measurement: CellMeasurement?
      var rawFile: String?
      if status == .ok {
        measurement = try CellMeasurement.fixture(of: build.cells[0])
        let file = "results/\(side.rawValue)-\(number).hdf5"
        try FileManager.default.createDirectory(atPath: "\(out)/results", withIntermediateDirectories: true)
        try Data("raw".utf8).write(to: URL(filePath: "\(out)/\(file)"))
        rawFile = file
      }
      return WorkResult.Cell(
        key: keys[side][0][0], status: status, error: status == .ok ? "" : "stopped", measurement: measurement,
        rawFile: rawFile, finished: Date(timeIntervalSince1970: seconds), answers: nil)
    }
    let attempt = WorkAttempt(number: number, node: "n1", job: "\(number)_0", restart: 0)
    let cells = [try cell(.base, base), try cell(.head, head)]
    _ = try folder.publish(WorkResult(attempt: attempt, node: nil, cells: cells), from: out)
  }

  private func records(_ side: WorkSide) throws -> [CellRecord] {
    try ledger.records(of: #require(try ledger.run(runs[side])))
  }

  /// Collects results as a process does that continues the pair.
  private func collect(_ numbers: [Int]) throws {
    var sides: [ClusterRecording.Side] = []
    for side in WorkSide.allCases {
      let known = Dictionary(uniqueKeysWithValues: try records(side).map { ($0.key, $0) })
      let run = runs[side]
      sides.append(
        ClusterRecording.Side(
          side: side, keys: keys[side],
          recording: Recording(ledger: ledger, run: run, kept: [], disturbances: []), known: known,
          identity: { keys in
            let provenance = Provenance(commit: "", cpu: "", system: "")
            return WorkOrder.Identity(keys: keys, provenance: provenance, run: run, disturbances: [])
          }))
    }
    let recording = ClusterRecording(plan: plan, ledger: ledger, sides: sides) { [] }
    let collector = ClusterCollector(recording, folder: folder) { _ in }
    for number in numbers { #expect(try collector.collect(number)) }
  }

  /// The status and the time of the cell on each side.
  private func cells() throws -> [String] {
    try WorkSide.allCases.flatMap { side in
      try records(side).map { "\($0.status.rawValue) \(Int($0.finished.timeIntervalSince1970.rounded()))" }
    }
  }

  @Test(
    arguments: [(.ok, .timeout), (.timeout, .ok), (.timeout, .timeout), (.skipped, .failed)]
      as [(CellStatus, CellStatus)])
  func aPairThatLacksASideIsReplacedOnBoth(base: CellStatus, head: CellStatus) throws {
    try publish(0, base: base, head: head, at: 1000)
    try collect([0])
    let first = ["\(base.rawValue) 1000", "\(head.rawValue) 1000"]
    #expect(try cells() == first)
    try collect([0])
    #expect(try cells() == first)
    try publish(1, base: .ok, head: .ok, at: 2000)
    for _ in 0..<2 {
      try collect([0, 1])
      #expect(try cells() == ["ok 2000", "ok 2000"])
    }
  }

  @Test func aPairThatWasMeasuredStays() throws {
    try publish(0, base: .ok, head: .ok, at: 1000)
    try publish(1, base: .ok, head: .ok, at: 2000)
    try collect([0, 1])
    #expect(try cells() == ["ok 1000", "ok 1000"])
  }

  /// A process was killed after it had taken the base of the second result.
  @Test(arguments: [CellStatus.ok, .timeout]) func aPairOfTwoResultsIsReplacedByTheLater(head: CellStatus) throws {
    try publish(0, base: .timeout, head: head, at: 1000)
    try collect([0])
    try publish(1, base: .ok, head: .ok, at: 2000)
    let base = CellRecord(
      key: keys.base[0][0], dataset: build.dataset, variant: build.variant, planned: build.cells[0],
      outcome: .measured(try CellMeasurement.fixture(of: build.cells[0]), rawFile: "results/base-1.hdf5"),
      finished: Date(timeIntervalSince1970: 2000))
    try ledger.record([base], run: runs.base)
    #expect(try cells() == ["ok 2000", "\(head.rawValue) 1000"])
    try collect([0, 1])
    #expect(try cells() == ["ok 2000", "ok 2000"])
  }
}
