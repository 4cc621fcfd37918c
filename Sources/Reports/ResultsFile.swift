import Bench
import Synchronization

/// The `results.csv` of a run: after each finished cell it is replaced by one that has the cell's row too.
///
/// Whatever ends the process, the file holds every finished cell and nothing half-written.
public final class ResultsFile: Sendable {
  /// The file's name inside its folder.
  public static let name = "results.csv"

  private let folder: OutputFolder
  private let state = Mutex(State())

  private struct State {
    var text = CSVExporter.header
    var rows = 0
  }

  /// Where the file is.
  public var path: String { "\(folder.path)/\(Self.name)" }

  /// Names the file; an older one stays until the first row is there.
  public init(in folder: OutputFolder) { self.folder = folder }

  /// Adds the row of a finished cell.
  ///
  /// - Throws: `ReportError.cannotWrite`; the rows before are still there.
  public func append(_ measurement: Measurement) throws(ReportError) {
    try state.withLock { state throws(ReportError) in
      let text = state.text + CSVExporter.row(measurement)
      try folder.write(text, to: Self.name)
      state.text = text
      state.rows += 1
    }
  }

  /// Ends the process inside `body` while no row is being written.
  ///
  /// - Parameter body: gets the number of rows in the file.
  public func end(_ body: (_ rows: Int) -> Never) -> Never {
    state.withLock { body($0.rows) }
  }
}
