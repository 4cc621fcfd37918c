import Foundation

/// The channel from a child process to its parent: lines of JSON on the standard output that the child started with.
///
/// Anything that libraries print to standard output then goes to standard error, so that it cannot damage a line.
enum ParentChannel {
  /// A copy of the descriptor of standard output, which children do not inherit.
  private static let output: Int32 = {
    let copy = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
    dup2(STDERR_FILENO, STDOUT_FILENO)
    return copy
  }()

  /// Reserves standard output for this channel; a child process must call it first.
  static func open() { _ = output }

  /// Writes a line of JSON, and returns whether the parent still exists.
  static func say(_ value: some Encodable) -> Bool { ChildProcess.write(LedgerJSON.text(value), to: output) }
}
