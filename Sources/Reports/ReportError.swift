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
  /// Parquet cannot be written without pyarrow; `interpreter` is the Python that lacks it, if there is one.
  case noPyArrow(interpreter: String?)
  /// A Parquet file could not be written, for this reason.
  case parquet(String)
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
    case .noPyArrow(let interpreter):
      "Parquet files are written by pyarrow, "
        + (interpreter.map { "which the Python \($0) does not have; install it there (pip install pyarrow)" }
          ?? "which is not installed; install it with `make deps`")
        + ", or name a Python that has it in \(PrivatePython.interpreterVariable)"
    case .parquet(let reason): "a Parquet file could not be written: \(reason); export csv needs no other program"
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
