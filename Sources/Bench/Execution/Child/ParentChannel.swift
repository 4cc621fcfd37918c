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

  /// Writes a line of JSON.
  ///
  /// Not by Foundation, which traps where nobody reads it any more: a parent that is interrupted goes away between two
  /// lines.
  ///
  /// - Returns: whether the parent is still there.
  static func say(_ value: some Encodable) -> Bool {
    var bytes = Array((LedgerJSON.text(value) + "\n").utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { write(output, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { return false }
      bytes = bytes.dropFirst(written)
    }
    return true
  }
}
