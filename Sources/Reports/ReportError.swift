import Files

/// The reason why results could not be written; no incomplete file is left behind.
public enum ReportError: Error, Equatable, Sendable {
  case output(OutputError)
  /// A raw result file that the ledger names is missing.
  case cannotRead(path: String)
  /// The folder does not contain the programs that draw charts.
  case noChartTools(folder: String)
  /// A chart could not be drawn, for this reason.
  case chart(String)
}

extension ReportError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .output(let error):
      "\(error)"
    case .cannotRead(let path):
      "\(path): this raw result is not there; measure the cell again"
    case .noChartTools(let folder):
      "\(folder): vl-convert, which draws png and svg, is not there; install it with `make deps`, or use --format html"
    case .chart(let reason): "a chart could not be drawn: \(reason); `make deps` installs the version that can"
    }
  }

  /// Returns the result of `body`, with its errors converted.
  ///
  /// - Throws: `output`.
  static func writing<Result>(_ body: () throws(OutputError) -> Result) throws(ReportError) -> Result {
    do throws(OutputError) { return try body() } catch { throw .output(error) }
  }
}
