import Foundation
import SQLite
import TestSupport
import Testing

// Foundation has a type of this name too.
import struct Bench.Measurement

@testable import Bench

@Suite struct LedgerTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func record(_ effort: Int, _ outcome: CellRecord.Outcome) throws -> CellRecord {
    let planned = try PlannedCell.fixture(effort: effort)
    return CellRecord(
      key: CellKey(planned, dataset: .fixture(), code: "abc"), dataset: .fixture(), variant: "exact", planned: planned,
      outcome: outcome, finished: Date(timeIntervalSince1970: 1e9 / 7))
  }

  private func begin(_ ledger: Ledger, _ records: [CellRecord]) throws -> Int {
    try ledger.beginRun(
      command: "recallbench run", keys: records.map(\.key),
      machine: .current(provenance: Provenance(commit: "", cpu: "", system: "")))
  }

  @Test func whatIsRecordedComesBackBitForBit() throws {
    let measurement = try Measurement.fixture()
    let records = [
      try record(100, .measured(measurement, rawFile: "results/x.hdf5")),
      try record(50, .ended(.timeout, error: "5 s")),
    ]
    do {
      let ledger = try Ledger(folder: temporary.path)
      try ledger.record(records, run: try begin(ledger, records))
    }
    let again = try Ledger(folder: temporary.path)
    let found = try again.records(of: records.map(\.key))
    #expect(found.count == 2)
    let first = try #require(found[records[0].key])
    guard case .measured(let back, rawFile: "results/x.hdf5") = first.outcome else {
      Issue.record("\(first.outcome)")
      return
    }
    #expect(back == measurement && first.planned == records[0].planned && first.dataset == .fixture())
    #expect(first.status == .ok && first.finished == records[0].finished && first.variant == "exact")
    let second = try #require(found[records[1].key])
    #expect(second.status == .timeout && second.error == "5 s" && second.measurement == nil)
  }

  @Test func everyRunKeepsWhatItMeasured() throws {
    let ledger = try Ledger(folder: temporary.path)
    let (first, second) = (
      try record(100, .measured(.fixture(), rawFile: "results/r1")), try record(50, .ended(.failed, error: ""))
    )
    let run = try begin(ledger, [first, second])
    try ledger.record([first, second], run: run)
    // The next run measures one of them anew and finds the other.
    let again = try record(100, .measured(.fixture(), rawFile: "results/r2"))
    let machine = Machine.current(provenance: Provenance(commit: "abc", cpu: "", system: ""))
    let next = try ledger.beginRun(
      command: "again", keys: [second, first].map(\.key), machine: machine, tag: "night", pairedWith: run)
    try ledger.record([again], run: next)
    let runs = try ledger.runs()
    #expect(runs.map(\.number) == [run, next] && runs.map(\.tag) == ["", "night"])
    #expect(runs.map(\.pairedWith) == [nil, run] && runs[1].commit == "abc")
    func files(_ run: Ledger.Run) throws -> [String?] {
      try ledger.records(of: run).map { if case .measured(_, let file) = $0.outcome { file } else { nil } }
    }
    #expect(try files(runs[0]) == ["results/r1", nil] && files(runs[1]) == [nil, "results/r2"])
    #expect(try ledger.records(of: [first.key])[first.key].map { "\($0.outcome)".contains("r2") } == true)
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
          .text(LedgerJSON.text(try Measurement.fixture())),
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
    try ledger.record([failed], run: try begin(ledger, [failed]))
    let measured = try record(100, .measured(.fixture(), rawFile: "results/r"))
    try ledger.record([measured], run: try begin(ledger, [measured]))
    try ledger.record([measured], run: try begin(ledger, [measured]))
    #expect(try ledger.records(of: [measured.key])[measured.key]?.status == .ok)
    #expect(try ledger.records(of: []).isEmpty)
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
    #expect(throws: LedgerError.tooNew(path: path, version: 99, known: 2)) { try Ledger(folder: temporary.path) }
  }

  @Test func aRecordThatDoesNotDecodeIsNamed() throws {
    let ledger = try Ledger(folder: temporary.path)
    let measured = try record(100, .measured(.fixture(), rawFile: "results/r"))
    try ledger.record([measured], run: try begin(ledger, [measured]))
    try SQLiteDatabase(path: "\(temporary.path)/\(Ledger.fileName)").execute("UPDATE cell SET measurement_json = '{}'")
    let error = #expect(throws: LedgerError.self) { try ledger.records(of: [measured.key]) }
    let place = "ledger.sqlite: table cell, row \(measured.key.short) of run 1, column measurement_json, "
    #expect(error?.description.contains(place) == true && error?.description.contains("\n") == false)
  }

  @Test func aFolderWithoutOneHasNone() throws {
    #expect(!Ledger.exists(in: temporary.path))
    _ = try Ledger(folder: temporary.path)
    #expect(Ledger.exists(in: temporary.path))
    #expect(throws: LedgerError.self) { try Ledger(folder: "/no/such/folder") }
  }
}
