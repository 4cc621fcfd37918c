import Foundation
import SQLite

/// The database of a results folder: all runs, and every cell that ended, with its rounds.
///
/// It is one SQLite file in WAL mode, so that recorded cells survive a crash of the process or of the machine. A run
/// has only the cells that were measured in it, so that nights can be compared. A ledger may be used by one thread at a
/// time.
public final class Ledger {
  /// The name of the file in its folder.
  public static let fileName = "ledger.sqlite"

  public let folder: String
  private let database: SQLiteDatabase

  /// A run in the ledger.
  public struct Run: Sendable, Equatable {
    public let number: Int
    public let started: Date
    /// The end; `nil` for a run that was interrupted.
    public let ended: Date?
    public let command: String
    /// The keys of all cells, in the order of the plan.
    public let keys: [CellKey]
    public let machineAtStart: Machine
    public let machineAtEnd: Machine?
    /// The name that the user gave the run; empty for most runs.
    public let tag: String
    /// The number of the base run, when this run was measured as the head interleaved with it; `nil` for a run on its
    /// own.
    public let pairedWith: Int?

    /// The commit that was measured, see `Provenance.commit`.
    public var commit: String { machineAtStart.provenance.commit }

    /// The artificial faults that were injected into the run; empty except in tests.
    public var disturbances: [String] { machineAtStart.provenance.disturbances }
  }

  /// Opens the ledger of a folder for writing, and creates it when it does not exist.
  ///
  /// - Throws: `LedgerError.tooNew` for the file of a later version, `.database` for a file that is no ledger.
  public init(folder: String) throws(LedgerError) {
    self.folder = folder
    do throws(SQLiteError) { database = try SQLiteDatabase(path: Self.path(in: folder)) } catch {
      throw .database(error)
    }
    try migrate()
  }

  /// Opens the ledger of a folder for reading; the file is not changed, not even that of an earlier version.
  ///
  /// - Throws: `LedgerError` as the other initializer, and `.nothing` when there is no ledger.
  public init(reading folder: String) throws(LedgerError) {
    self.folder = folder
    guard Self.exists(in: folder) else { throw .nothing(folder: folder) }
    do throws(SQLiteError) {
      let stored = try SQLiteDatabase(reading: Self.path(in: folder))
      let isCurrent = try stored.userVersion() >= Self.migrations.count
      database = isCurrent ? stored : try SQLiteDatabase(copying: stored)
    } catch { throw .database(error) }
    try migrate()
  }

  private static func path(in folder: String) -> String { "\(folder)/\(fileName)" }

  /// Migrates the tables to this version, or creates them.
  private func migrate() throws(LedgerError) {
    let known = Self.migrations.count
    let version = try access { () throws(SQLiteError) in
      guard try database.userVersion() < known else { return try database.userVersion() }
      // Another process may open the new file at the same moment: the first one creates the tables.
      return try database.transaction { () throws(SQLiteError) in
        let version = try database.userVersion()
        guard (0..<known).contains(version) else { return version }
        for statement in Self.migrations[version...].joined() { try database.execute(statement) }
        try database.setUserVersion(known)
        return known
      }
    }
    guard version == known else { throw .tooNew(path: database.path, version: version, known: known) }
  }

  /// Whether a folder has a ledger.
  public static func exists(in folder: String) -> Bool {
    FileManager.default.fileExists(atPath: path(in: folder))
  }

  // MARK: - Runs

  /// Records the start of a run.
  ///
  /// - Parameters:
  ///   - tag: the name that the user gives the run; empty for none.
  ///   - base: the number of the base run with which this run is measured interleaved.
  /// - Returns: the number of the new run.
  public func beginRun(
    command: String, keys: [CellKey], machine: Machine, tag: String = "", pairedWith base: Int? = nil,
    at time: Date = Date()
  ) throws(LedgerError) -> Int {
    try access { () throws(SQLiteError) in
      try insertRun(command, keys, machine, tag, pairedWith: base, time)
    }
  }

  /// Records the start of two interleaved runs in one transaction.
  ///
  /// - Parameter tag: the name that the user gives the head; empty for none.
  /// - Returns: their numbers; the head has the greater one.
  func beginPair(
    command: String, keys: Sides<[CellKey]>, machines: Sides<Machine>, tag: String
  ) throws(LedgerError) -> Sides<Int> {
    let time = Date()
    return try access { () throws(SQLiteError) in
      try database.transaction { () throws(SQLiteError) in
        let base = try insertRun(command, keys.base, machines.base, "", pairedWith: nil, time)
        return Sides(
          base: base, head: try insertRun(command, keys.head, machines.head, tag, pairedWith: base, time))
      }
    }
  }

  private func insertRun(
    _ command: String, _ keys: [CellKey], _ machine: Machine, _ tag: String, pairedWith base: Int?, _ time: Date
  ) throws(SQLiteError) -> Int {
    var number = 0
    try database.query(
      """
      INSERT INTO run (started, command, keys, machine_at_start, tag, paired_with) VALUES (?, ?, ?, ?, ?, ?)
      RETURNING id
      """,
      [
        .real(time.timeIntervalSince1970), .text(command), .text(keys.map(\.text).joined(separator: " ")),
        .text(LedgerJSON.text(machine)), .text(tag), base.map { .integer(Int64($0)) } ?? .null,
      ]
    ) { number = $0[0].integer ?? 0 }
    return number
  }

  /// Adds a run of another ledger, with everything but its cells, under a number that is free.
  ///
  /// - Parameter base: the number that the base of an interleaved pair has here.
  func add(_ run: Run, number: Int, pairedWith base: Int?) throws(LedgerError) {
    try access { () throws(SQLiteError) in
      try database.execute(
        """
        INSERT INTO run (id, started, ended, command, keys, machine_at_start, machine_at_end, tag, paired_with)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
          .integer(Int64(number)), .real(run.started.timeIntervalSince1970),
          run.ended.map { .real($0.timeIntervalSince1970) } ?? .null, .text(run.command),
          .text(run.keys.map(\.text).joined(separator: " ")), .text(LedgerJSON.text(run.machineAtStart)),
          run.machineAtEnd.map { .text(LedgerJSON.text($0)) } ?? .null, .text(run.tag),
          base.map { .integer(Int64($0)) } ?? .null,
        ])
    }
  }

  /// Records that all cells of a run have ended.
  public func endRun(_ number: Int, machine: Machine, at time: Date = Date()) throws(LedgerError) {
    try access { () throws(SQLiteError) in
      try database.execute(
        "UPDATE run SET ended = ?, machine_at_end = ? WHERE id = ?",
        [.real(time.timeIntervalSince1970), .text(LedgerJSON.text(machine)), .integer(Int64(number))])
    }
  }

  /// Marks a run as unfinished again, because some of its cells are measured again.
  func reopenRun(_ number: Int) throws(LedgerError) {
    try access { () throws(SQLiteError) in
      try database.execute(
        "UPDATE run SET ended = NULL, machine_at_end = NULL WHERE id = ?", [.integer(Int64(number))])
    }
  }

  /// Adds cells to a run that finds out only while it measures which cells it has.
  func addKeys(_ keys: [CellKey], to number: Int) throws(LedgerError) {
    try access { () throws(SQLiteError) in
      try database.execute(
        "UPDATE run SET keys = trim(keys || ' ' || ?) WHERE id = ?",
        [.text(keys.map(\.text).joined(separator: " ")), .integer(Int64(number))])
    }
  }

  /// The run that began last; `nil` in a new ledger.
  ///
  /// - Throws: `LedgerError.damaged` for a record that cannot be decoded.
  public func lastRun() throws(LedgerError) -> Run? { try runs("ORDER BY id DESC LIMIT 1").first }

  /// The run with a number; `nil` when there is none.
  ///
  /// - Throws: `LedgerError.damaged` for a record that cannot be decoded.
  func run(_ number: Int) throws(LedgerError) -> Run? { try runs("WHERE id = \(number)").first }

  /// All runs in the order in which they began, including interrupted ones.
  ///
  /// - Throws: `LedgerError.damaged` for a record that cannot be decoded.
  /// - Complexity: O(runs · cells of each).
  public func runs() throws(LedgerError) -> [Run] { try runs("ORDER BY id") }

  private func runs(_ which: String) throws(LedgerError) -> [Run] {
    let columns = [
      "id", "started", "ended", "command", "keys", "machine_at_start", "machine_at_end", "tag", "paired_with",
    ]
    var rows: [LedgerRow] = []
    try access { () throws(SQLiteError) in
      try database.query("SELECT \(columns.joined(separator: ", ")) FROM run \(which)") {
        rows.append(LedgerRow(path: database.path, table: "run", columns: columns, values: $0))
      }
    }
    return try rows.map { (row) throws(LedgerError) in
      Run(
        number: try row.integer("id", in: 1...Int.max), started: try row.date("started"),
        ended: try row.optionalDate("ended"), command: try row.text("command", atMost: 1 << 20),
        keys: try row.keys("keys"), machineAtStart: try row.content("machine_at_start"),
        machineAtEnd: try row.optionalContent("machine_at_end"),
        tag: try row.text("tag", atMost: LedgerLimits.nameBytes),
        pairedWith: try row.optionalInteger("paired_with", in: 1...Int.max))
    }
  }

  // MARK: - Cells

  /// Records ended cells in one transaction; they replace records of the same keys in the same run.
  public func record(_ records: [CellRecord], run: Int) throws(LedgerError) {
    try access { () throws(SQLiteError) in
      try database.transaction { () throws(SQLiteError) in
        for record in records { try insert(record, run: run) }
      }
    }
  }

  private func insert(_ record: CellRecord, run: Int) throws(SQLiteError) {
    let options = record.planned.options
    var rawFile = SQLiteValue.null
    var measurement = SQLiteValue.null
    if case .measured(let figures, let file) = record.outcome {
      // The column is never null for a measured cell: an empty text stands for no file.
      rawFile = .text(file ?? "")
      measurement = .text(LedgerJSON.text(figures))
    }
    try database.execute(
      "DELETE FROM round WHERE cell = ? AND run = ?", [.text(record.key.text), .integer(Int64(run))])
    try database.execute(
      """
      INSERT OR REPLACE INTO cell
        (key, run, status, error, finished, dataset, dataset_sha256, variant, label, k, mode, threads, seed,
         recall, qps, raw_file, dataset_json, planned_json, measurement_json, limits_json)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        .text(record.key.text), .integer(Int64(run)), .text(record.status.rawValue), .text(record.error),
        .real(record.finished.timeIntervalSince1970), .text(record.dataset.name), .text(record.dataset.sha256),
        .text(record.variant), .text(record.planned.label), .integer(Int64(options.k)), .text(options.mode.rawValue),
        .integer(Int64(options.threads)), .text(String(options.seed)),
        record.measurement.map { .real($0.quality.recall) } ?? .null,
        record.measurement.map { .real($0.speed.queriesPerSecond) } ?? .null, rawFile,
        .text(LedgerJSON.text(record.dataset)), .text(LedgerJSON.text(record.planned)), measurement,
        .text(LedgerJSON.text(record.limits)),
      ])
    for (number, round) in (record.measurement?.rounds ?? []).enumerated() {
      try database.execute(
        """
        INSERT INTO round (cell, run, number, seconds, qps, p99_ms, stolen_seconds, busy_seconds, own_seconds, mhz)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
          .text(record.key.text), .integer(Int64(run)), .integer(Int64(number + 1)), .real(round.seconds),
          .real(round.queriesPerSecond),
          .real(round.p99Milliseconds), .real(round.activity.stolenSeconds), .real(round.activity.busySeconds),
          .real(round.activity.ownSeconds), round.activity.megahertz.map { .real($0) } ?? .null,
        ])
    }
  }

  /// The ended cells of a run, in the order of its plan.
  ///
  /// - Throws: `LedgerError.damaged` for a record that cannot be decoded.
  /// - Complexity: O(cells of the run).
  public func records(of run: Run) throws(LedgerError) -> [CellRecord] {
    var records: [CellKey: CellRecord] = [:]
    for row in try cellRows("WHERE run = ?", [.integer(Int64(run.number))]) {
      let record = try CellRecord(row)
      records[record.key] = record
    }
    return run.keys.compactMap { records[$0] }
  }

  /// For each planned cell the record of the last of these runs that has measured it, in no order.
  ///
  /// Cells that differ by their limits, or by the place of the dataset's file, are different cells here.
  ///
  /// - Throws: `LedgerError.damaged` for a record that cannot be decoded; the others of the cell are not decoded.
  /// - Complexity: O(r·log r) for the r records of the runs.
  func lastMeasured(in runs: [Run]) throws(LedgerError) -> [(run: Int, record: CellRecord)] {
    let numbers = runs.map { String($0.number) }.joined(separator: ",")
    // Many runs are read faster in the order of the table than one by one by the index over runs, which the sign of a
    // number rules out. The large columns are read for the chosen rows only. SQLite takes the key from the row of the
    // maximum.
    let rows = try cellRows(
      """
      JOIN (
        SELECT key AS last_key, MAX(run) AS last_run FROM cell
        WHERE status = 'ok' AND \(runs.count > 1 ? "+" : "")run IN (\(numbers))
        GROUP BY variant, planned_json, dataset_json
      ) ON key = last_key AND run = last_run
      """)
    return try rows.map { (row) throws(LedgerError) in
      (try row.integer("run", in: 1...Int.max), try CellRecord(row))
    }
  }

  private func cellRows(_ which: String, _ parameters: [SQLiteValue] = []) throws(LedgerError) -> [LedgerRow] {
    let columns = [
      "key", "run", "status", "error", "finished", "variant", "raw_file", "dataset_json", "planned_json",
      "measurement_json", "limits_json",
    ]
    var rows: [LedgerRow] = []
    try access { () throws(SQLiteError) in
      try database.query("SELECT \(columns.joined(separator: ", ")) FROM cell \(which)", parameters) {
        rows.append(LedgerRow(path: database.path, table: "cell", columns: columns, values: $0, nameColumns: 2))
      }
    }
    return rows
  }

  // MARK: - Access

  private func access<Result>(_ body: () throws(SQLiteError) -> Result) throws(LedgerError) -> Result {
    do throws(SQLiteError) { return try body() } catch { throw .database(error) }
  }
}
