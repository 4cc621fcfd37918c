import Bench
import Files
import Synchronization

/// The `results.csv` of a sweep, which is replaced whenever more cells are measured.
///
/// However the process ends, the file has complete rows of all cells that were measured by then.
public final class ResultsFile: Sendable {
  /// The file's name inside its folder.
  public static let name = "results.csv"

  private let folder: OutputFolder
  /// The number of rows in the file.
  private let rows = Mutex(0)

  /// The path of the file.
  public var path: String { "\(folder.path)/\(Self.name)" }

  /// Creates the object only; an older file is kept until the first row is written.
  public init(in folder: OutputFolder) { self.folder = folder }

  /// Writes a row for each measurement, in order.
  ///
  /// - Throws: `ReportError.output`; the file is then unchanged.
  public func write(_ measurements: [CellMeasurement]) throws(ReportError) {
    try rows.withLock { rows throws(ReportError) in
      let text = CSVExporter.text(measurements.comparingBuilds())
      try ReportError.writing { () throws(OutputError) in try folder.write(text, to: Self.name) }
      rows = measurements.count
    }
  }

  /// Ends the process inside `body` while nothing is being written.
  ///
  /// - Parameter body: receives the number of rows in the file.
  public func end(_ body: (_ rows: Int) -> Never) -> Never {
    rows.withLock { body($0) }
  }
}
