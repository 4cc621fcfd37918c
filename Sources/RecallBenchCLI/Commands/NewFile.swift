import Files

/// The file of `--out`, which a command writes and does not replace without `--force`.
enum NewFile {
  /// Checks that the file can be written, so that it is told before hours of work.
  ///
  /// - Throws: `UsageError` for a file that exists, `OutputError` for a place that cannot be written.
  static func check(_ arguments: Arguments) throws {
    try check(arguments.text("--out") ?? "", arguments)
  }

  /// Checks another file that the command writes.
  static func check(_ path: String, _ arguments: Arguments) throws {
    guard try !OutputFile(path).replacesFile || arguments.has("--force") else {
      throw UsageError.invalidValue(
        option: "--out", value: path, expected: "a file that is not there yet, or --force to replace it")
    }
  }
}
