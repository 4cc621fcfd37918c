import Foundation
import SQLite
import VectorCore

@testable import Bench

/// Random edits of a ledger, as somebody's hand, a faulty disk or an attacker makes them.
struct LedgerEdits {
  private let path: String
  private var random: SeededGenerator
  /// What was done.
  private(set) var description = ""

  /// - Parameter path: the ledger's file, of which nobody has a connection.
  init(path: String, seed: UInt64) {
    self.path = path
    random = SeededGenerator(seed: seed)
  }

  /// Makes one edit. - Throws: what the database says of it: then it changed nothing.
  mutating func make() throws {
    switch random.next(below: 10) {
    case 0...3: try editColumn()
    case 4...6: try editJSON()
    case 7: try editText()
    case 8: try editSchema()
    default: try editBytes()
    }
  }

  // MARK: - Values

  private static let columns: [String: [String]] = [
    "run": [
      "id", "started", "ended", "command", "keys", "machine_at_start", "machine_at_end", "tag", "paired_with",
    ],
    "cell": [
      "key", "run", "status", "error", "finished", "dataset", "dataset_sha256", "variant", "label", "k", "mode",
      "threads", "seed", "recall", "qps", "raw_file", "dataset_json", "planned_json", "measurement_json",
    ],
    "round": ["cell", "run", "number", "seconds", "qps", "p99_ms", "stolen_seconds", "mhz"],
  ]

  /// Expressions of SQL.
  private static let values: [String] = {
    let texts = [
      "", "nan", "inf", "ok", "failed", "../../escape.txt", "results/../../escape.txt", "/etc/passwd", "results/x",
      "../../secret.txt", "results/../../../secret.txt", "ledger.sqlite", "{}", "[]", "null", "\"", "{\"a\":",
      "</script><img src=x>", "a|b`c", "\u{1B}[2J", "\u{202E}x", "=1+1", "@A1", "line\nbreak", "\u{0}", "latest",
      String(repeating: "long ", count: 20_000),
    ].map { "'\($0.replacing("'", with: "''"))'" }
    let numbers = [
      "NULL", "0", "1", "-1", "2147483648", "9223372036854775807", "-9223372036854775808", "1e300", "-1e300", "9e999",
      "-9e999", "5e-324", "0.5", "253402300800.0", "x'ff00fe'", "zeroblob(100)",
    ]
    return texts + numbers
  }()

  private mutating func pick<Element>(_ elements: [Element]) -> Element { elements[random.next(below: elements.count)] }

  /// One row, or all of them.
  private mutating func row(of table: String) -> String {
    switch random.next(below: 3) {
    case 0: ""
    case 1: " WHERE run = (SELECT max(id) FROM run)".replacing("run =", with: table == "run" ? "id =" : "run =")
    default: " WHERE \(table == "run" ? "id" : "run") = 1"
    }
  }

  /// Sets a column to anything; in most ledgers after its table has lost its types and conditions.
  private mutating func editColumn() throws {
    let table = pick(["run", "cell", "cell", "round"])
    let column = pick(Self.columns[table] ?? [])
    let sql = "UPDATE \(table) SET \(column) = \(pick(Self.values))\(row(of: table))"
    let isLoose = random.next(below: 4) > 0
    try execute((isLoose ? Self.loosening(table) : []) + [sql])
  }

  /// Statements that make a table of no types out of one.
  private static func loosening(_ table: String) -> [String] {
    [
      "CREATE TABLE loose AS SELECT * FROM \(table)", "DROP TABLE \(table)", "ALTER TABLE loose RENAME TO \(table)",
    ]
  }

  // MARK: - JSON

  private static let jsonColumns = [
    ("run", "machine_at_start"), ("run", "machine_at_end"), ("cell", "dataset_json"), ("cell", "planned_json"),
    ("cell", "measurement_json"), ("cell", "measurement_json"), ("cell", "measurement_json"),
  ]

  /// Sets or removes a member somewhere in a column's JSON.
  private mutating func editJSON() throws {
    let (table, column) = pick(Self.jsonColumns)
    var places: [String] = []
    try SQLiteDatabase(path: path).query(
      "SELECT DISTINCT fullkey FROM \(table), json_tree(\(column)) WHERE \(column) IS NOT NULL ORDER BY fullkey"
    ) { places += $0.compactMap(\.text) }
    guard !places.isEmpty else { return }
    let place = pick(places).replacing("'", with: "''")
    let change =
      if random.next(below: 5) == 0 {
        "json_remove(\(column), '\(place)')"
      } else {
        "json_set(\(column), '\(place)', \(pick(Self.values + ["json('[]')", "json('{}')", "json('true')"])))"
      }
    try execute(["UPDATE \(table) SET \(column) = \(change)\(row(of: table))"])
  }

  /// Cuts a column's text off, or changes a letter of it.
  private mutating func editText() throws {
    let (table, column) = pick(Self.jsonColumns + [("run", "keys"), ("cell", "raw_file")])
    let place = random.next(below: 2_000)
    let change =
      switch random.next(below: 3) {
      case 0: "substr(\(column), 1, \(place))"
      case 1:
        "substr(\(column), 1, \(place)) || '\(pick(["9", "-", "{", "\"", "e", ",", "[", "1e999"]))' || substr(\(column), \(place + 2))"
      default: "\(column) || \(column)"
      }
    try execute(["UPDATE \(table) SET \(column) = \(change)\(row(of: table))"])
  }

  // MARK: - The file

  private mutating func editSchema() throws {
    let table = pick(["run", "cell", "round"])
    let column = pick(Self.columns[table] ?? [])
    try execute(
      pick([
        ["ALTER TABLE \(table) DROP COLUMN \(column)"], ["ALTER TABLE \(table) RENAME COLUMN \(column) TO other"],
        ["DROP TABLE \(table)"], ["DELETE FROM \(table)"], ["DELETE FROM \(table) WHERE \(column) = 1"],
        [
          "CREATE TABLE other AS SELECT * FROM \(table)", "DROP TABLE \(table)",
          "CREATE VIEW \(table) AS SELECT * FROM other",
        ],
        Self.loosening(table) + ["INSERT INTO \(table) SELECT * FROM \(table)"],
        ["PRAGMA user_version = \(pick([-1, 0, 1, 99, Int(Int32.min)]))"],
        ["UPDATE run SET ended = NULL, machine_at_end = NULL"], ["UPDATE run SET paired_with = id"],
      ]))
  }

  private mutating func editBytes() throws {
    var bytes = try Data(contentsOf: URL(filePath: path))
    switch random.next(below: 4) {
    case 0:
      bytes = bytes.prefix(random.next(below: bytes.count))
      description = "cut off at \(bytes.count)"
    case 1:
      let page = random.next(below: bytes.count / 4096) * 4096
      bytes.replaceSubrange(page..<page + 4096, with: Data(count: 4096))
      description = "zeroed from \(page)"
    default:
      for _ in 0...random.next(below: 20) {
        let place = random.next(below: bytes.count)
        bytes[place] ^= UInt8(1 + random.next(below: 255))
        description += " flipped \(place)"
      }
    }
    try bytes.write(to: URL(filePath: path))
  }

  private mutating func execute(_ statements: [String]) throws {
    description = statements.joined(separator: "; ")
    let database = try SQLiteDatabase(path: path)
    try database.execute("PRAGMA foreign_keys = OFF")
    for statement in statements { try database.execute(statement) }
  }
}
