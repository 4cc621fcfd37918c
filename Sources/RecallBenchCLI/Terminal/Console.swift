import Bench
import Files
import Foundation

/// The program's output: results go to standard output, everything else to standard error.
///
/// Names from files and servers may contain characters that control a terminal; in texts for people they are escaped.
enum Console {
  /// Whether standard error is a terminal that a person watches.
  static let isInteractive = isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"

  /// Writes a text for people to standard output.
  ///
  /// - Throws: `OutputError` when the disk is full or the reader has closed its end.
  static func print(_ text: String) throws(OutputError) { try OutputFile.standard.write(text.printableLines) }

  /// Writes a text unchanged to a file, or to standard output when `path` is `nil`.
  static func print(_ text: String, to path: String?) throws(OutputError) {
    try (path.map { path throws(OutputError) in try OutputFile(path) } ?? .standard).write(text)
  }

  /// Writes one line about a failure to standard error.
  static func error(_ message: String) {
    let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    write("\(ProgramName.current): \(line.printable)\n")
  }

  /// Writes lines to standard error.
  static func note(_ text: String) { write(text.printableLines) }

  /// Draws the terminal's last line again, cut to the terminal's width.
  static func draw(_ text: String) {
    write("\r\(text.printable.prefix(max(width(of: STDERR_FILENO) - 1, 20)))\u{1B}[K")
  }

  /// Clears the terminal's last line for other output.
  static func clearLine() { write("\r\u{1B}[K") }

  /// The width in columns of texts on standard output: that of the terminal, or 80 when there is none.
  static var textWidth: Int { max(width(of: STDOUT_FILENO), 40) }

  /// The width in columns of the terminal on a descriptor; 80 when it is unknown.
  private static func width(of descriptor: Int32) -> Int {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// One system call writes a short text, so that lines of several threads do not mix. A failure is ignored.
  private static func write(_ text: String) { try? OutputFile.standardError.write(text) }
}
