import Bench
import Files
import Foundation

/// Where the program speaks: results on standard output, all else on standard error.
///
/// Names from files and servers may hold characters that control a terminal; what people read has them written out.
enum Console {
  /// Whether somebody watches standard error on a terminal.
  static let isInteractive = isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"

  /// Writes what people read to standard output.
  ///
  /// - Throws: `OutputError`: a full disk, or a reader that has gone away.
  static func print(_ text: String) throws(OutputError) { try OutputFile.standard.write(text.printableLines) }

  /// Writes a text, as it is, to a file, or without one to standard output.
  static func print(_ text: String, to path: String?) throws(OutputError) {
    try (path.map { path throws(OutputError) in try OutputFile(path) } ?? .standard).write(text)
  }

  /// Writes one line about what went wrong.
  static func error(_ message: String) {
    let line = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    write("\(ProgramName.current): \(line.printable)\n")
  }

  /// Writes lines to standard error.
  static func note(_ text: String) { write(text.printableLines) }

  /// Draws the terminal's last line anew, as far as it is wide.
  static func draw(_ text: String) {
    write("\r\(text.printable.prefix(max(width(of: STDERR_FILENO) - 1, 20)))\u{1B}[K")
  }

  /// Frees the terminal's last line for others.
  static func clearLine() { write("\r\u{1B}[K") }

  /// Columns that a text on standard output may have: those of the terminal, or 80 where there is none.
  static var textWidth: Int { max(width(of: STDOUT_FILENO), 40) }

  /// Columns of the terminal on a descriptor; 80 when it does not say.
  private static func width(of descriptor: Int32) -> Int {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// One system call for short texts, so that lines of several threads do not mix; nobody is told when it fails.
  private static func write(_ text: String) { try? OutputFile.standardError.write(text) }
}
