import Datasets
import Foundation

/// Has plug-ins describe themselves in child processes, so that a faulty one costs this process nothing but an error.
public enum PluginReader {
  /// How long a library may take to say what it has.
  private static let seconds = 10.0

  /// The kinds of index of a plug-in.
  ///
  /// - Parameters:
  ///   - path: of the shared library.
  ///   - place: children run its program, which has to be this one; `.here` loads the library into this process.
  /// - Throws: `PluginError`.
  public static func kinds(ofPlugin path: String, _ place: Supervisor.Place) throws(PluginError) -> [Subject] {
    switch place {
    case .here: try ForeignSubject.kinds(ofPlugin: path).map(\.subject)
    case .children(let program): try ask(program, about: path).map(\.subject)
    }
  }

  private static func ask(_ program: String, about path: String) throws(PluginError) -> [ForeignSubject] {
    guard let child = ChildProcess(program: program, words: [ReadingProcess.argument], errors: .dropped) else {
      throw .ended(path: path, how: "failed: no process could be started (\(String(cString: strerror(errno))))")
    }
    child.send(LedgerJSON.text(ReadingOrder(task: .plugin(path), limits: .current)))
    let deadline = ChildProcess.deadline(in: seconds)
    while true {
      switch child.nextLine(until: deadline) {
      case .text(let line):
        switch try? LedgerJSON.value(line) as ReadingAnswer {
        case .kinds(let kinds): return kinds
        case .refused(let error): throw error
        default: continue
        }
      case .timedOut:
        child.stop()
        throw .ended(path: path, how: "took more than \(Int(seconds)) s, and was ended")
      case .end:
        switch child.wait() {
        case .exited(let code): throw .ended(path: path, how: "ended the process with code \(code)")
        case .signalled(let signal): throw .ended(path: path, how: "crashed (\(String(cString: strsignal(signal))))")
        }
      }
    }
  }
}
