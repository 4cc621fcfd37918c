import Foundation
import SQLite
import TestSupport
import Testing

@testable import Bench

@Suite struct LedgerTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func record(
    _ effort: Int, _ outcome: CellRecord.Outcome, limits: Limits = Limits()
  ) throws -> CellRecord {
    let planned = try PlannedCell.fixture(effort: effort)
    return CellRecord(
      key: CellKey(planned, dataset: .fixture(), code: "abc"), dataset: .fixture(), variant: "exact", planned: planned,
      outcome: outcome, finished: Date(timeIntervalSince1970: 1e9 / 7), limits: limits)
  }

  private func begin(_ ledger: Ledger, _ records: [CellRecord]) throws -> Int {
    try ledger.beginRun(
      command: "recallbench run", keys: records.map(\.key),
      machine: .current(provenance: Provenance(commit: "", cpu: "", system: "")))
  }

  @Test func whatIsRecordedComesBackBitForBit() throws {
    let measurement = try CellMeasurement.fixture()
    let records = [
      try record(100, .measured(measurement, rawFile: "results/x.hdf5")),
      try record(50, .ended(.timeout, error: "5 s"), limits: Limits(seconds: 5, memoryBytes: 1 << 40)),
    ]
    do {
      let ledger = try Ledger(folder: temporary.path)
      try ledger.record(records, run: try begin(ledger, records))
    }
    let again = try Ledger(folder: temporary.path)
    let found = try again.records(of: #require(try again.lastRun()))
    #expect(found.map(\.key) == records.map(\.key))
    let first = found[0]
    guard case .measured(let back, rawFile: "results/x.hdf5") = first.outcome else {
      Issue.record("\(first.outcome)")
      return
    }
    #expect(back == measurement && first.planned == records[0].planned && first.dataset == .fixture())
    #expect(first.status == .ok && first.finished == records[0].finished && first.variant == "exact")
    let second = found[1]
    #expect(second.status == .timeout && second.error == "5 s" && second.measurement == nil)
    #expect(first.limits == Limits() && second.limits == Limits(seconds: 5, memoryBytes: 1 << 40))
  }

  /// The raw files of a run's cells, nil for those that were not measured.
  private func files(_ run: Ledger.Run, in ledger: Ledger) throws -> [String?] {
    try ledger.records(of: run).map { if case .measured(_, let file) = $0.outcome { file } else { nil } }
  }

  @Test func everyRunHasWhatItMeasuredAndNothingElse() throws {
    let ledger = try Ledger(folder: temporary.path)
    let (first, second) = (
      try record(100, .measured(.fixture(), rawFile: "results/r1")), try record(50, .ended(.failed, error: ""))
    )
    let run = try begin(ledger, [first, second])
    try ledger.record([first, second], run: run)
    // The next run has measured one of the same cells so far.
    let again = try record(100, .measured(.fixture(), rawFile: "results/r2"))
    let machine = Machine.current(provenance: Provenance(commit: "abc", cpu: "", system: ""))
    let next = try ledger.beginRun(
      command: "again", keys: [second, first].map(\.key), machine: machine, tag: "night", pairedWith: run)
    try ledger.record([again], run: next)
    let runs = try ledger.runs()
    #expect(runs.map(\.number) == [run, next] && runs.map(\.tag) == ["", "night"])
    #expect(runs.map(\.pairedWith) == [nil, run] && runs[1].commit == "abc")
    #expect(try files(runs[0], in: ledger) == ["results/r1", nil] && files(runs[1], in: ledger) == ["results/r2"])
    try ledger.endRun(next, machine: machine)
    #expect(try ledger.lastRun()?.ended != nil)
    try ledger.reopenRun(next)
    #expect(try ledger.lastRun()?.ended == nil && ledger.lastRun()?.machineAtEnd == nil)
  }

  @Test func aRunMayAddCellsWhileItMeasures() throws {
    let ledger = try Ledger(folder: temporary.path)
    let records = try [100, 50].map { try record($0, .measured(.fixture(effort: $0), rawFile: "results/x.hdf5")) }
    let run = try begin(ledger, [])
    #expect(try ledger.runs()[0].keys.isEmpty)
    for record in records {
      try ledger.addKeys([record.key], to: run)
      try ledger.record([record], run: run)
    }
    #expect(try ledger.runs()[0].keys == records.map(\.key))
    #expect(try ledger.records(of: ledger.runs()[0]).map(\.key) == records.map(\.key))
  }

  @Test func aPairOfRunsBeginsTogether() throws {
    let ledger = try Ledger(folder: temporary.path)
    let machine = Machine.current(provenance: Provenance(commit: "", cpu: "", system: ""))
    let key = try record(100, .ended(.skipped, error: "")).key
    let numbers = try ledger.beginPair(
      command: "c", keys: Sides(base: [key], head: [key]), machines: Sides(base: machine, head: machine), tag: "t")
    #expect(numbers.base < numbers.head)
    #expect(try ledger.runs().map(\.pairedWith) == [nil, numbers.base] && ledger.runs().map(\.tag) == ["", "t"])
  }

  @Test func whatAnInterruptedRunHadIsCarriedOverToTheRunThatContinuedIt() throws {
    let path = "\(temporary.path)/\(Ledger.fileName)"
    let cells = try (0..<3).map { try record(10 + $0, .measured(.fixture(), rawFile: "results/r")) }
    let keys = SQLiteValue.text(cells.map(\.key.text).joined(separator: " "))
    let machine = SQLiteValue.text(
      LedgerJSON.text(Machine.current(provenance: Provenance(commit: "", cpu: "", system: ""))))
    do {
      let database = try SQLiteDatabase(path: path)
      for statement in Ledger.migrations[..<2].joined() { try database.execute(statement) }
      try database.setUserVersion(2)
      // A finished run; one that was interrupted after its second cell, which another continued; a later one that only
      // found the cells of the first three.
      for (run, ended) in [SQLiteValue.real(1), .null, .real(3), .real(4)].enumerated() {
        try database.execute(
          "INSERT INTO run VALUES (?, 0.0, ?, 'old', ?, ?, NULL, '', NULL)",
          [.integer(Int64(run + 1)), ended, keys, machine])
      }
      for (run, cell) in [(1, 0), (1, 1), (1, 2), (2, 1), (3, 2)] {
        try database.execute(
          """
          INSERT INTO cell
          VALUES (?, ?, 'ok', '', 5.5, 'line', 'ab', 'exact', 'l', 2, 'single', 1, '1', 0.5, 2.0, ?, ?, ?, ?)
          """,
          [
            .text(cells[cell].key.text), .integer(Int64(run)), .text("results/r\(run).\(cell)"),
            .text(LedgerJSON.text(cells[cell].dataset)), .text(LedgerJSON.text(cells[cell].planned)),
            .text(LedgerJSON.text(try CellMeasurement.fixture(effort: 10 + cell))),
          ])
        try database.execute(
          "INSERT INTO round VALUES (?, ?, 1, 0.5, 2.0, 3.0, 0.0, 0.0, 0.0, NULL)",
          [.text(cells[cell].key.text), .integer(Int64(run))])
      }
    }
    let ledger = try Ledger(folder: temporary.path)
    let carried = try ledger.runs().map { try files($0, in: ledger) }
    #expect(
      carried == [
        ["results/r1.0", "results/r1.1", "results/r1.2"], ["results/r2.1"], ["results/r2.1", "results/r3.2"], [],
      ])
    var rounds: [Int] = []
    try SQLiteDatabase(path: path).query("SELECT run FROM round ORDER BY run") { rounds.append($0[0].integer ?? 0) }
    #expect(rounds == [1, 1, 1, 2, 3, 3])
  }

  @Test func aLedgerOfTheFirstVersionIsCarriedOver() throws {
    let path = "\(temporary.path)/\(Ledger.fileName)"
    let measured = try record(100, .measured(.fixture(), rawFile: "results/r"))
    do {
      let database = try SQLiteDatabase(path: path)
      for statement in Ledger.migrations[0] { try database.execute(statement) }
      try database.setUserVersion(1)
      let machine = LedgerJSON.text(Machine.current(provenance: Provenance(commit: "", cpu: "", system: "")))
      try database.execute(
        "INSERT INTO run VALUES (1, 5.0, 6.0, 'old', ?, ?, ?)",
        [.text(measured.key.text), .text(machine), .text(machine)])
      try database.execute(
        """
        INSERT INTO cell VALUES (?, 1, 'ok', '', 5.5, 'line', 'ab', 'exact', 'l', 2, 'single', 1, '1', 0.5, 2.0, 'results/r', ?, ?, ?)
        """,
        [
          .text(measured.key.text), .text(LedgerJSON.text(measured.dataset)), .text(LedgerJSON.text(measured.planned)),
          .text(LedgerJSON.text(try CellMeasurement.fixture())),
        ])
      try database.execute(
        "INSERT INTO round VALUES (?, 1, 0.5, 2.0, 3.0, 0.0, 0.0, 0.0, NULL)", [.text(measured.key.text)])
    }
    let ledger = try Ledger(folder: temporary.path)
    let run = try #require(try ledger.lastRun())
    #expect(run.command == "old" && run.tag.isEmpty && run.pairedWith == nil && run.ended != nil)
    #expect(try ledger.records(of: run).map(\.measurement) == [.fixture()])
    var rounds: [[SQLiteValue]] = []
    try SQLiteDatabase(path: path).query("SELECT run, qps FROM round") { rounds.append($0) }
    #expect(rounds == [[.integer(1), .real(2)]])
    // A second night of the same cell has its place.
    try ledger.record([measured], run: try begin(ledger, [measured]))
    #expect(try ledger.runs().count == 2)
  }

  @Test func measuringAgainReplacesWithinARun() throws {
    let ledger = try Ledger(folder: temporary.path)
    let failed = try record(100, .ended(.failed, error: "crashed"))
    let run = try begin(ledger, [failed])
    try ledger.record([failed], run: run)
    try ledger.record([try record(100, .measured(.fixture(), rawFile: "results/r"))], run: run)
    #expect(try ledger.records(of: #require(try ledger.lastRun())).map(\.status) == [.ok])
  }

  @Test(arguments: [
    (CellStatus.ok, Limits(), Limits(), true), (.skipped, Limits(), Limits(), true),
    (.failed, Limits(), Limits(), false),
    (.timeout, Limits(seconds: 5), Limits(seconds: 5), true), (.timeout, Limits(seconds: 5), Limits(seconds: 6), false),
    (.timeout, Limits(seconds: 5), Limits(seconds: 4, memoryBytes: 9), true),
    (.timeout, Limits(seconds: 5), Limits(), false),
    // What a walltime stopped is measured again under a longer walltime, or without one.
    (.timeout, Limits(seconds: 5, walltimeSeconds: 60), Limits(seconds: 9, walltimeSeconds: 60), true),
    (.timeout, Limits(seconds: 5, walltimeSeconds: 60), Limits(seconds: 5, walltimeSeconds: 61), false),
    (.timeout, Limits(seconds: 5, walltimeSeconds: 60), Limits(seconds: 5), false),
    (.timeout, Limits(seconds: 5), Limits(seconds: 5, walltimeSeconds: 60), true),
    (.outOfMemory, Limits(memoryBytes: 5), Limits(seconds: 1, memoryBytes: 5), true),
    (.outOfMemory, Limits(memoryBytes: 5), Limits(memoryBytes: 6), false),
    // Memory that the machine did not have may be there now.
    (.outOfMemory, Limits(), Limits(), false),
  ])
  func whatALimitStoppedIsMeasuredAgainUnderALargerOne(
    status: CellStatus, before: Limits, now: Limits, isSettled: Bool
  ) throws {
    let outcome: CellRecord.Outcome =
      status == .ok ? .measured(try .fixture(), rawFile: "results/r") : .ended(status, error: "")
    #expect(try record(100, outcome, limits: before).isSettled(under: now) == isSettled)
  }

  @Test func aRunThatDidNotEndIsToldFromOneThatDid() throws {
    let ledger = try Ledger(folder: temporary.path)
    #expect(try ledger.lastRun() == nil)
    let records = [try record(1, .ended(.skipped, error: "")), try record(2, .ended(.skipped, error: ""))]
    let run = try begin(ledger, records)
    let last = try #require(try ledger.lastRun())
    #expect(last.number == run && last.ended == nil && last.machineAtEnd == nil)
    #expect(last.keys == records.map(\.key) && last.command == "recallbench run")
    try ledger.endRun(run, machine: last.machineAtStart)
    #expect(try ledger.lastRun()?.ended != nil && ledger.lastRun()?.machineAtEnd == last.machineAtStart)
  }

  @Test func recordsAreForQueriesByHandToo() throws {
    let ledger = try Ledger(folder: temporary.path)
    let measured = try record(100, .measured(.fixture(), rawFile: "results/r"))
    try ledger.record([measured], run: try begin(ledger, [measured]))
    let database = try SQLiteDatabase(path: "\(temporary.path)/\(Ledger.fileName)")
    var rows: [[SQLiteValue]] = []
    try database.query(
      "SELECT label, seed, recall, round.qps FROM cell JOIN round ON round.cell = cell.key AND round.run = cell.run"
    ) { rows.append($0) }
    #expect(
      rows == [
        [
          .text("exact(width=1, effort=100, fault=none)"), .text("18446744073709551615"), .real(0.7), .real(1.0 / 3),
        ]
      ])
  }

  @Test func aLaterVersionsFileIsRefused() throws {
    _ = try Ledger(folder: temporary.path)
    let path = "\(temporary.path)/\(Ledger.fileName)"
    try SQLiteDatabase(path: path).setUserVersion(99)
    #expect(throws: LedgerError.tooNew(path: path, version: 99, known: 3)) { try Ledger(folder: temporary.path) }
  }

  @Test func aRecordThatDoesNotDecodeIsNamed() throws {
    let ledger = try Ledger(folder: temporary.path)
    let measured = try record(100, .measured(.fixture(), rawFile: "results/r"))
    try ledger.record([measured], run: try begin(ledger, [measured]))
    try SQLiteDatabase(path: "\(temporary.path)/\(Ledger.fileName)").execute("UPDATE cell SET measurement_json = '{}'")
    let error = #expect(throws: LedgerError.self) { try ledger.records(of: #require(try ledger.lastRun())) }
    let place = "ledger.sqlite: table cell, row \(measured.key.short) of run 1, column measurement_json, "
    #expect(error?.description.contains(place) == true && error?.description.contains("\n") == false)
  }

  @Test func aFolderWithoutOneHasNone() throws {
    #expect(!Ledger.exists(in: temporary.path))
    _ = try Ledger(folder: temporary.path)
    #expect(Ledger.exists(in: temporary.path))
    #expect(throws: LedgerError.self) { try Ledger(folder: "/no/such/folder") }
  }

  private var fileBytes: Data { get throws { try Data(contentsOf: URL(filePath: "\(temporary.path)/ledger.sqlite")) } }

  @Test func readingChangesNothing() throws {
    let measured = try record(100, .measured(.fixture(), rawFile: "results/r"))
    do {
      let ledger = try Ledger(folder: temporary.path)
      try ledger.record([measured], run: try begin(ledger, [measured]))
    }
    let before = try fileBytes
    do {
      let reader = try Ledger(reading: temporary.path)
      #expect(try reader.records(of: #require(try reader.lastRun())).map(\.measurement) == [.fixture()])
      #expect(throws: LedgerError.self) { try begin(reader, [measured]) }
    }
    #expect(try fileBytes == before && temporary.contents == ["ledger.sqlite"])
  }

  /// The program of that version can still read it afterwards.
  @Test func anEarlierVersionsFileIsReadAndStaysSo() throws {
    do {
      let database = try SQLiteDatabase(path: "\(temporary.path)/ledger.sqlite")
      for statement in Ledger.migrations[0] { try database.execute(statement) }
      try database.setUserVersion(1)
      let machine = LedgerJSON.text(Machine.current(provenance: Provenance(commit: "", cpu: "", system: "")))
      try database.execute("INSERT INTO run VALUES (1, 5.0, 6.0, 'old', '', ?, ?)", [.text(machine), .text(machine)])
    }
    let before = try fileBytes
    #expect(try Ledger(reading: temporary.path).runs().map(\.command) == ["old"])
    #expect(try fileBytes == before && temporary.contents == ["ledger.sqlite"])
  }

  @Test func readingMakesNoLedger() throws {
    #expect(throws: LedgerError.nothing(folder: temporary.path)) { try Ledger(reading: temporary.path) }
    #expect(temporary.contents.isEmpty)
    _ = try Ledger(folder: temporary.path)
    try SQLiteDatabase(path: "\(temporary.path)/ledger.sqlite").setUserVersion(99)
    #expect(throws: LedgerError.tooNew(path: "\(temporary.path)/ledger.sqlite", version: 99, known: 3)) {
      try Ledger(reading: temporary.path)
    }
  }
}
