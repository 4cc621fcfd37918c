import Foundation

/// How a child process talks to its parent: lines of JSON on what was its standard output when it started.
///
/// What libraries print to standard output goes to standard error from then on, and spoils no line.
enum ParentChannel {
  /// A copy of standard output that children do not inherit.
  private static let output: Int32 = {
    let copy = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
    dup2(STDERR_FILENO, STDOUT_FILENO)
    return copy
  }()

  /// Takes standard output for itself; the first thing that such a process does.
  static func open() { _ = output }

  /// Writes a line of JSON, and returns whether the parent is still there.
  static func say(_ value: some Encodable) -> Bool { ChildProcess.write(LedgerJSON.text(value), to: output) }
}
