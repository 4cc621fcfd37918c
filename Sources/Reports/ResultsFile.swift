import Bench
import Files
import Synchronization

/// The `results.csv` of a sweep: replaced whenever there are more measured cells.
///
/// Whatever ends the process, the file holds all that was measured and nothing half-written.
public final class ResultsFile: Sendable {
  /// The file's name inside its folder.
  public static let name = "results.csv"

  private let folder: OutputFolder
  /// In the file.
  private let rows = Mutex(0)

  /// Where the file is.
  public var path: String { "\(folder.path)/\(Self.name)" }

  /// Names the file; an older one stays until the first row is there.
  public init(in folder: OutputFolder) { self.folder = folder }

  /// Writes a row a measurement, in their order.
  ///
  /// - Throws: `ReportError.output`; the file is then as it was.
  public func write(_ measurements: [CellMeasurement]) throws(ReportError) {
    try rows.withLock { rows throws(ReportError) in
      let text = CSVExporter.text(measurements.comparingBuilds())
      try ReportError.writing { () throws(OutputError) in try folder.write(text, to: Self.name) }
      rows = measurements.count
    }
  }

  /// Ends the process inside `body` while nothing is being written.
  ///
  /// - Parameter body: gets the number of rows in the file.
  public func end(_ body: (_ rows: Int) -> Never) -> Never {
    rows.withLock { body($0) }
  }
}
