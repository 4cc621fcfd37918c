import Foundation
import SQLite

/// A row of the ledger; every value is checked when it is read.
///
/// A ledger is a file that others may have written or damaged. An invalid value is refused with the file, the table,
/// the row, the column and the value.
struct LedgerRow {
  private let path: String
  private let table: String
  private let columns: [String]
  private let values: [SQLiteValue]
  /// The name that distinguishes the row from the others of its table.
  private let name: String

  /// - Parameters:
  ///   - columns: the names of the columns, in the order of the values; the first ones make up the row's name.
  ///   - nameColumns: the number of columns in the row's name.
  init(path: String, table: String, columns: [String], values: [SQLiteValue], nameColumns: Int = 1) {
    self.path = path
    self.table = table
    self.columns = columns
    self.values = values
    name = values.prefix(nameColumns).map { value in
      // A prefix is enough to find a key.
      if case .text(let text) = value { String(text.prefix(12)).printable } else { Self.words(value) }
    }.joined(separator: " of run ")
  }

  private func value(_ column: String) -> SQLiteValue {
    guard let place = columns.firstIndex(of: column), place < values.count else {
      preconditionFailure("column \(column) was not asked for")
    }
    return values[place]
  }

  // MARK: - Values

  /// An integer within a range.
  func integer(_ column: String, in range: ClosedRange<Int>) throws(LedgerError) -> Int {
    guard case .integer(let number) = value(column), let number = Int(exactly: number), range.contains(number) else {
      throw fault(column, expected: "an integer, \(range.lowerBound)…\(range.upperBound)")
    }
    return number
  }

  /// The same for a column that may be null.
  func optionalInteger(_ column: String, in range: ClosedRange<Int>) throws(LedgerError) -> Int? {
    value(column) == .null ? nil : try integer(column, in: range)
  }

  /// A text of at most `bytes` bytes.
  func text(_ column: String, atMost bytes: Int) throws(LedgerError) -> String {
    guard case .text(let text) = value(column), text.utf8.count <= bytes else {
      throw fault(column, expected: "a text of at most \(bytes) bytes")
    }
    return text
  }

  /// Seconds since 1970.
  func date(_ column: String) throws(LedgerError) -> Date {
    guard case .real(let seconds) = value(column), LedgerLimits.seconds.contains(seconds) else {
      throw fault(column, expected: "seconds since 1970, up to the year 9999")
    }
    return Date(timeIntervalSince1970: seconds)
  }

  /// The same for a column that may be null.
  func optionalDate(_ column: String) throws(LedgerError) -> Date? {
    value(column) == .null ? nil : try date(column)
  }

  /// One of the cases of a type.
  func choice<Choice: RawRepresentable<String> & CaseIterable>(_ column: String) throws(LedgerError) -> Choice {
    guard case .text(let text) = value(column), let choice = Choice(rawValue: text) else {
      throw fault(column, expected: "one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return choice
  }

  /// Keys of 64 hexadecimal digits, separated by spaces.
  func keys(_ column: String) throws(LedgerError) -> [CellKey] {
    let keys = try text(column, atMost: .max).split(separator: " ")
    guard keys.allSatisfy({ key in key.utf8.count == 64 && key.allSatisfy(\.isHexDigit) }) else {
      throw fault(column, expected: "keys of 64 hexadecimal digits")
    }
    return keys.map { CellKey(text: String($0)) }
  }

  /// A path below the folder of raw results; the file of this name is read and copied.
  ///
  /// - Parameter isKept: whether there are raw results; otherwise the column must be empty.
  func rawFile(_ column: String, isKept: Bool) throws(LedgerError) -> String? {
    let file = try text(column, atMost: 4096)
    guard isKept else {
      guard file.isEmpty else { throw fault(column, expected: "nothing: such a cell has no raw results") }
      return nil
    }
    guard RawResultFile.isInside(file) else {
      throw fault(column, expected: "a path below \(RawResultFile.folderName)/")
    }
    return file
  }

  /// A value that was stored as JSON and is within its ranges.
  func content<Content: LedgerContent>(_ column: String) throws(LedgerError) -> Content {
    let text = try text(column, atMost: 1 << 26)
    let content: Content
    do { content = try LedgerJSON.value(text) } catch {
      guard let fault = LedgerFault(error) else {
        throw self.fault(column, expected: "JSON of \(Content.self)")
      }
      throw self.fault(column, fault)
    }
    do throws(LedgerFault) { try content.check() } catch { throw self.fault(column, error) }
    return content
  }

  /// The same for a column that may be null.
  func optionalContent<Content: LedgerContent>(_ column: String) throws(LedgerError) -> Content? {
    value(column) == .null ? nil : try content(column)
  }

  // MARK: - Errors

  /// The error for an invalid value.
  func fault(_ column: String, expected: String) -> LedgerError {
    .damaged(path: path, place: place(column), value: Self.words(value(column)), expected: expected)
  }

  /// The error for an invalid value inside a column's JSON.
  private func fault(_ column: String, _ fault: LedgerFault) -> LedgerError {
    .damaged(
      path: path, place: place(column) + (fault.field.isEmpty ? "" : ", \(fault.field)"),
      value: Self.shortened(fault.value), expected: fault.expected)
  }

  private func place(_ column: String) -> String { "table \(table), row \(name), column \(column)" }

  private static func words(_ value: SQLiteValue) -> String {
    switch value {
    case .null: "NULL"
    case .integer(let number): "\(number)"
    case .real(let number): "\(number)"
    case .text(let text): "'\(shortened(text))'"
    }
  }

  private static func shortened(_ text: String) -> String {
    let start = text.prefix(60)
    return (start.endIndex < text.endIndex ? "\(start)…" : String(start)).printable
  }
}
