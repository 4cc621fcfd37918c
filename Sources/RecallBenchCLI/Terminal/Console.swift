import Foundation
import Reports

/// Where the program speaks: results on standard output, all else on standard error.
enum Console {
  /// Whether somebody watches standard error on a terminal.
  static let isInteractive = isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"

  /// Writes to standard output, as it is.
  static func print(_ text: String) { write(text, to: STDOUT_FILENO) }

  /// Writes a text to a file, or without one to standard output.
  static func print(_ text: String, to path: String?) throws(ReportError) {
    if let path { try OutputFile(path).write(text) } else { print(text) }
  }

  /// Writes one line about what went wrong.
  static func error(_ message: String) {
    let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    write("recallbench: \(line)\n", to: STDERR_FILENO)
  }

  /// Writes to standard error, as it is.
  static func note(_ text: String) { write(text, to: STDERR_FILENO) }

  /// Columns of the terminal on standard error; 80 when it does not say.
  static var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// One system call for short texts, so that lines of several threads do not mix.
  private static func write(_ text: String, to file: Int32) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while let base = rest.baseAddress, !rest.isEmpty {
        let written = Foundation.write(file, base, rest.count)
        if written < 0 && errno == EINTR { continue }
        guard written > 0 else { return }
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
      }
    }
  }
}
