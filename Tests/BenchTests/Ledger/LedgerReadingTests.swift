import Foundation
import HDF5
import SQLite
import TestSupport
import Testing

@testable import Bench

/// A ledger that somebody has edited: each value that cannot be is refused with its place.
@Suite struct LedgerReadingTests {
  private let temporary: TemporaryFolder
  private let key: CellKey

  /// One run of one measured cell.
  init() throws {
    temporary = try TemporaryFolder()
    let ledger = try Ledger(folder: temporary.path)
    let planned = try PlannedCell.fixture()
    key = CellKey(planned, dataset: .fixture(), code: "abc")
    let record = CellRecord(
      key: key, dataset: .fixture(), variant: "exact", planned: planned,
      outcome: .measured(try .fixture(), rawFile: "results/line/r.hdf5"), finished: Date(timeIntervalSince1970: 1e9))
    let machine = Machine.current(provenance: Provenance(commit: "", cpu: "", system: ""))
    let run = try ledger.beginRun(command: "recallbench run", keys: [key], machine: machine)
    try ledger.record([record], run: run)
    try ledger.endRun(run, machine: machine)
  }

  /// Reads everything after an edit; nil where nothing is refused.
  private func refusal(_ sql: String, _ parameters: [SQLiteValue] = []) throws -> String? {
    try SQLiteDatabase(path: "\(temporary.path)/\(Ledger.fileName)").execute(sql, parameters)
    do throws(LedgerError) {
      let ledger = try Ledger(folder: temporary.path)
      for run in try ledger.runs() { _ = try ledger.records(of: run) }
      return nil
    } catch {
      return error.description
    }
  }

  @Test func whatIsNotEditedIsRead() throws { #expect(try refusal("UPDATE run SET tag = tag") == nil) }

  @Test(arguments: [
    ("run", "started", SQLiteValue.real(-1e300), "-1e+300"), ("run", "started", .real(1e12), "1000000000000.0"),
    ("run", "ended", .real(-1), "-1.0"), ("run", "keys", .text("../x"), "'../x'"),
    ("run", "machine_at_start", .text("{"), "not readable"), ("run", "machine_at_end", .text("[]"), "of another type"),
    ("run", "command", .text(String(repeating: "x", count: 1 << 20 + 1)), "'xxxxxxxx"),
    ("cell", "finished", .real(-1e300), "-1e+300"),
    ("cell", "variant", .text(String(repeating: "v", count: 256)), "'vvv"),
    ("cell", "raw_file", .text("../../escape.txt"), "'../../escape.txt'"),
    ("cell", "raw_file", .text("/etc/passwd"), "'/etc/passwd'"),
    ("cell", "raw_file", .text("results/../../x"), "'results/../../x'"),
    ("cell", "raw_file", .text("results//x"), "'results//x'"),
    ("cell", "raw_file", .text("ledger.sqlite"), "'ledger.sqlite'"),
    ("cell", "raw_file", .text("results/\u{1B}[2J/../x"), "'results/\\u{1B}[2J/../x'"),
    ("cell", "planned_json", .text("{}"), "not there"), ("cell", "dataset_json", .text(""), "not readable"),
    ("cell", "measurement_json", .text("{\"variant\":1}"), "of another type"),
  ])
  func aValueThatCannotBeIsNamed(table: String, column: String, value: SQLiteValue, shown: String) throws {
    let refusal = try #require(try refusal("UPDATE \(table) SET \(column) = ?", [value]))
    #expect(refusal.contains("\(temporary.path)/ledger.sqlite: table \(table), row "))
    #expect(refusal.contains("column \(column)") && refusal.contains(shown), "\(refusal)")
    #expect(!refusal.contains("\n") && !refusal.contains("\u{1B}") && refusal.count < 600, "\(refusal)")
  }

  @Test(
    arguments: [
      ("dataset_json", "$.shape.name", "../../escape", "shape.name"), ("planned_json", "$.options.k", 0, "options.k"),
      ("planned_json", "$.options.threads", Int.max, "options.threads"),
      ("dataset_json", "$.shape.queries", -1, "shape.queries"),
      ("measurement_json", "$.speed.p50Milliseconds", "nan", "speed.p50Milliseconds"),
      ("measurement_json", "$.speed.queriesPerSecond", "inf", "speed.queriesPerSecond"),
      ("measurement_json", "$.quality.recall", 7, "quality.recall"),
      ("measurement_json", "$.timestamp", -1e300, "timestamp"),
      ("measurement_json", "$.build.indexBytes", -1, "build.indexBytes"),
      ("measurement_json", "$.uncertainty.recall.low", "-inf", "uncertainty.recall.low"),
      ("measurement_json", "$.rounds[0].seconds", -5, "rounds.0.seconds"),
      ("measurement_json", "$.build.trainSeconds", nil, "build.trainSeconds"),
    ] as [(String, String, (any Sendable)?, String)])
  func aFieldThatCannotBeIsNamed(column: String, path: String, value: (any Sendable)?, field: String) throws {
    let value: SQLiteValue =
      switch value {
      case let text as String: .text(text)
      case let number as Int: .integer(Int64(number))
      case let number as Double: .real(number)
      default: .null
      }
    let refusal = try #require(
      try refusal("UPDATE cell SET \(column) = json_set(\(column), '\(path)', ?)", [value]))
    #expect(refusal.contains("column \(column), \(field) is "), "\(refusal)")
  }

  @Test func roundsAndFiguresBelongToTheCell() throws {
    let none = try #require(
      try refusal("UPDATE cell SET measurement_json = json_set(measurement_json, '$.rounds', json('[]'))"))
    #expect(none.contains("rounds is [], expected at least one round"))
    let other = try LedgerReadingTests().refusal("UPDATE cell SET variant = 'other'")
    #expect(other?.contains("expected a measurement of the cell in planned_json") == true)
  }

  @Test func aSchemaVersionBelowNothingIsRefused() throws {
    #expect(try refusal("PRAGMA user_version = -7")?.contains("schema -7") == true)
  }
}

@Suite struct RawResultReadingTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  /// A raw result beside its record.
  private func record(_ change: (inout RawRounds) -> Void = { _ in }) throws -> CellRecord {
    var measurement = try CellMeasurement.fixture()
    measurement.dataset.queries = 2
    let planned = try PlannedCell.fixture()
    let key = CellKey(planned, dataset: .fixture(), code: "")
    var raw = RawRounds(
      k: 2, nanoseconds: [[5, 7]], wallNanoseconds: [12], distanceComputations: [3], rows: [0, 1, 2, 3],
      distances: [0, 0, 0, 0], recalls: [1, 0.5])
    change(&raw)
    try RawResultFile.write(raw, of: measurement, key: key, to: "\(temporary.path)/results/r.hdf5")
    return CellRecord(
      key: key, dataset: .fixture(), variant: "exact", planned: planned,
      outcome: .measured(measurement, rawFile: "results/r.hdf5"), finished: Date())
  }

  @Test func theFileOfTheCellIsRead() throws { #expect(try record().rawRounds(in: temporary.path).queries == 2) }

  /// Sums of these times would not fit into 64 bits.
  @Test(arguments: [[Int64.max, 1], [-1, 1], [Int64.max / 2 + 1, 1]])
  func timesThatCannotBeAreRefused(times: [Int64]) throws {
    let record = try record()
    // No call of this library writes such times.
    let file = try HDF5File.create("\(temporary.path)/results/r.hdf5")
    try file.write(times, shape: [1, 2], to: "nanoseconds")
    try file.write([Int64(1)], shape: [1], to: "wall_nanoseconds")
    try file.write([Int64(1)], shape: [1], to: "distance_computations")
    try file.write([Int32](repeating: 0, count: 4), shape: [2, 2], to: "neighbors")
    try file.write([Float](repeating: 0, count: 4), shape: [2, 2], to: "distances")
    try file.setAttribute("recallbench_cell", .string(record.key.text))
    try file.close()
    let error = #expect(throws: LedgerError.self) { try record.rawRounds(in: temporary.path) }
    #expect(error?.description.contains("r.hdf5: 'nanoseconds' of the raw result is damaged") == true)
  }

  @Test func countsAndSharesThatCannotBeAreRefused() throws {
    for (name, change) in [
      ("distance_computations", { $0.distanceComputations = [-1] }), ("recalls", { $0.recalls = [2, 0] }),
      ("recalls", { $0.recalls = [-.infinity, 0] }),
    ] as [(String, (inout RawRounds) -> Void)] {
      let record = try record(change)
      let error = #expect(throws: LedgerError.self) { try record.rawRounds(in: temporary.path) }
      #expect(error?.description.contains("'\(name)'") == true)
    }
    #expect(try record { $0.recalls = [.nan, 0] }.rawRounds(in: temporary.path).recalls.count == 2)
  }

  @Test func anotherCellsFileIsRefused() throws {
    for (what, change) in [
      (
        "k",
        { raw in
          raw.k = 1
          raw.rows = [0, 1]
          raw.distances = [0, 0]
        }
      ),
      (
        "number of queries",
        { raw in
          raw.nanoseconds = [[1]]
          raw.rows = [0, 1]
          raw.distances = [0, 0]
          raw.recalls = []
        }
      ),
    ] as [(String, (inout RawRounds) -> Void)] {
      let record = try record(change)
      let error = #expect(throws: LedgerError.self) { try record.rawRounds(in: temporary.path) }
      #expect(error?.description.contains("its \(what) is '1', expected 2") == true)
    }
  }

  @Test func aPipeIsNoRawResult() throws {
    let record = try record()
    let path = "\(temporary.path)/results/r.hdf5"
    unlink(path)
    #expect(mkfifo(path, 0o600) == 0)
    #expect(throws: LedgerError.noRawResult(path: path)) { try record.rawRounds(in: temporary.path) }
  }

  @Test func namesLeadNowhereElse() throws {
    let planned = try PlannedCell.fixture()
    let key = CellKey(planned, dataset: .fixture(), code: "")
    for (variant, dataset) in [("../../x", ".."), ("x", "/etc"), ("", ".")] {
      let path = RawResultFile.path(of: planned, variant: variant, dataset: dataset, key: key, run: 1)
      #expect(RawResultFile.isInside(path) && path.split(separator: "/").count == 5, "\(path)")
    }
  }
}
