import Bench
import Foundation
import Reports

/// Where the program speaks: results on standard output, all else on standard error.
enum Console {
  /// Whether somebody watches standard error on a terminal.
  static let isInteractive = isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"

  /// Writes to standard output; characters that a terminal would obey are spelled out.
  static func print(_ text: String) { write(text.printableLines, to: STDOUT_FILENO) }

  /// Writes a text to a file, or without one to standard output.
  static func print(_ text: String, to path: String?) throws(ReportError) {
    if let path { try OutputFile(path).write(text) } else { print(text) }
  }

  /// Writes one line about what went wrong.
  static func error(_ message: String) {
    let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    write("recallbench: \(line.printable)\n", to: STDERR_FILENO)
  }

  /// Writes to standard error; characters that a terminal would obey are spelled out.
  static func note(_ text: String) { write(text.printableLines, to: STDERR_FILENO) }

  /// Replaces what stands in the terminal's line on standard error by the beginning of a text that fits into it.
  static func draw(_ text: String) {
    write("\r\(text.printable.prefix(max(width - 1, 20)))\u{1B}[K", to: STDERR_FILENO)
  }

  /// Frees the terminal's line on standard error.
  static func clearLine() { write("\r\u{1B}[K", to: STDERR_FILENO) }

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
