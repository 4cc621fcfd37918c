import Datasets
import Foundation

/// Reads the declarations of plug-ins in child processes, so that a faulty one causes only an error in this process.
public enum PluginReader {
  /// The time limit for a library to declare its kinds.
  private static let seconds = 10.0

  /// The kinds of index of a plug-in.
  ///
  /// - Parameters:
  ///   - path: the path of the shared library.
  ///   - place: where the library is loaded. Children run its program, which must be this program; `.here` loads the
  ///     library into this process.
  /// - Throws: `PluginError`.
  public static func kinds(ofPlugin path: String, _ place: Supervisor.Place) throws(PluginError) -> [Subject] {
    switch place {
    case .here: try ForeignSubject.kinds(ofPlugin: path).map(\.subject)
    case .children(let program): try ask(program, about: path).map(\.subject)
    }
  }

  private static func ask(_ program: String, about path: String) throws(PluginError) -> [ForeignSubject] {
    let how: String
    switch ReadingProcess.ask(program, for: .plugin(path), limits: .current, within: seconds) {
    case .answer(.kinds(let kinds)): return kinds
    case .answer(.refused(let error)): throw error
    case .answer(.failed(let failure)): how = "failed: \(failure)"
    case .answer(.done), .answer(.progress): preconditionFailure("a plug-in was asked about")
    case .notStarted(let reason): how = "failed: no process could be started (\(reason))"
    case .timedOut: how = "took more than \(Int(seconds)) s, and was ended"
    case .ended(.exited(let code)): how = "ended the process with code \(code)"
    case .ended(.signalled(let signal)): how = "crashed (\(String(cString: strsignal(signal))))"
    }
    throw .ended(path: path, how: how)
  }
}
