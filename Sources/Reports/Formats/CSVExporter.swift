import Bench

/// Measurements as CSV, one row for each cell (RFC 4180), which pandas and spreadsheets open without options.
///
/// It is written here, because Foundation has no CSV, and because fields must also be safe in spreadsheets.
/// A text that a spreadsheet would read as a formula gets a leading apostrophe, and control characters are escaped. The
/// first 18 columns are those of ann-benchmarks' `data_export.py`, in its order and units; this project's columns
/// follow.
public struct CSVExporter: Exporter {
  public let format = "csv"
  public let fileEnding = "csv"
  public let meaning = "the table of results.csv"

  public func export(_ results: SweepResults) -> Exported {
    .text(Self.text(results.records.compactMap(\.measurement).comparingBuilds()))
  }

  /// The header line.
  public static var header: String { line(Figure.all.map(\.column)) }

  /// The line of one measurement.
  public static func row(_ measurement: CellMeasurement) -> String {
    line(Figure.all.map { $0.value(of: measurement).description })
  }

  /// The whole file: the header, and a row for each measurement.
  public static func text(_ measurements: [CellMeasurement]) -> String {
    header + measurements.map(row).joined()
  }

  /// One line of fields with its line break; a field is quoted when RFC 4180 requires it.
  static func line(_ fields: [String]) -> String {
    fields.map { quoted(harmless($0)) }.joined(separator: ",") + "\r\n"
  }

  /// The field in a form that no spreadsheet evaluates; only numbers may begin with a sign.
  ///
  /// Source: OWASP, "CSV Injection", https://owasp.org/www-community/attacks/CSV_Injection.
  private static func harmless(_ field: String) -> String {
    let isFormula =
      field.unicodeScalars.first.map { "=+-@\t\r\n＝＋－＠".unicodeScalars.contains($0) } == true && Double(field) == nil
    return (isFormula ? "'\(field)" : field).printableLines
  }

  private static func quoted(_ field: String) -> String {
    let isPlain = field.utf8.allSatisfy { ![UInt8(ascii: ","), UInt8(ascii: "\""), 10, 13].contains($0) }
    return isPlain ? field : "\"\(field.replacing("\"", with: "\"\""))\""
  }
}
