import Bench
import Datasets
import Files
import Reports

/// The texts that `--help` and `recallbench help` print, for the program, a group of commands, or one command.
enum Help {
  static var summary: String {
    "\(ProgramName.current) measures approximate-nearest-neighbour indexes: recall, speed, memory and build time."
  }

  /// How the values of options are written.
  static let values = [
    (
      "lists",
      "Where the table says `,…`, values with commas between them, such as 10,100, or the option given again. \\, is a comma "
        + "within a value, such as a file's name."
    ),
    ("times", "Seconds, or with a unit: 500ms, 90s, 5min (or 5m), 2h."),
    ("sizes", "Bytes, or with a unit: 512M and 512MiB count in 1024s, 512MB in 1000s; K, M, G and T."),
    ("whole numbers", "Also with k, M or G for thousands, millions and billions: 100k, 10M."),
  ]

  /// The environment variables that the program reads.
  static let variables = [
    (DatasetSource.variable, "The folder where datasets are found and fetched to, instead of ./datasets."),
    (ChartTools.variable, "The folder of the programs that draw charts, instead of the one that was installed."),
    (
      ReadingLimits.variable,
      "The time without progress after which a file that the HDF5 library reads counts as damaged: 10s when it is not "
        + "set."
    ),
    (
      "RECALLBENCH_SIMD",
      "The instruction set of the distance functions (scalar, neon, avx2 or avx512), instead of the best one that the CPU has."
    ),
    (
      CacheFolder.variable,
      "The folder for what can be computed again, such as true neighbours: ~/.cache/recallbench when it is not set."
    ),
    ("RECALLBENCH_PEERS", "The folder of installed peers: peers in the cache folder when it is not set."),
    (HuggingFaceToken.variable, "The token of private and gated datasets of Hugging Face, for datasets fetch."),
    (
      "RECALLBENCH_PYTHON",
      "The Python that runs modules of ann-benchmarks and reads Parquet: that of the peers, and that of the charts, when it "
        + "is not set."
    ),
  ]

  static let exitCodes = [
    ("0", "Success."),
    ("1", "A failure; one line on standard error has the reason. Also when cells of a sweep were not measured."),
    ("2", "Wrong usage: an unknown option, an invalid value, a mistake in a sweep file."),
    ("3", "gate: something is worse by more than its tolerance, or was not measured."),
    ("4", "gate --fail-on-improvement: something is better by more than its tolerance."),
    ("5", "gate: the figures of the two runs must not be compared."),
    ("6", "gate: there is not enough data for a verdict."),
    ("128 + signal", "The command was interrupted by a signal: 130 for Ctrl-C."),
  ]

  /// The help for the words after `help`.
  ///
  /// - Throws: `UsageError.unknownCommand`.
  static func text(of words: [String], width: Int) throws(UsageError) -> String {
    guard let first = words.first else { return overview(width: width) }
    if words.count == 1, let group = RecallBench.group(first) { return text(ofGroup: first, group, width: width) }
    let (command, rest) = try RecallBench.find(words)
    if let word = rest.first { throw .unexpectedArgument(word) }
    return text(of: command.description, width: width)
  }

  /// The help of a command.
  static func text(of command: CommandDescription, width: Int) -> String {
    var parts = [
      TextLayout.paragraph(command.summary, width: width),
      TextLayout.paragraph("usage: \(command.usage)", width: width),
    ]
    if !command.arguments.isEmpty {
      parts.append(table("arguments", command.arguments.map { ($0.name, $0.explanation) }, width: width))
    }
    let options = command.options + [.help]
    parts.append(table("options", options.map { ($0.synopsis, $0.explanation) }, width: width))
    parts += command.paragraphs.map { TextLayout.paragraph($0, width: width) }
    let values = values(of: options)
    if !values.isEmpty { parts.append(table("values of options", values, width: width)) }
    if !command.examples.isEmpty { parts.append("examples:\n" + examples(of: command).joined(separator: "\n")) }
    return parts.joined(separator: "\n\n") + "\n"
  }

  /// The example lines of a command, indented by two spaces.
  static func examples(of command: CommandDescription) -> [String] {
    command.examples.map { "  \(ProgramName.current) " + $0.split(separator: "\n").joined(separator: "\n    ") }
  }

  /// How the values of these options are written, for the kinds of value that need an explanation.
  private static func values(of options: [Option]) -> [(String, String)] {
    let isThere = [
      options.contains { $0.given == .list },
      options.contains { if case .seconds = $0.value { true } else { false } },
      options.contains { if case .bytes = $0.value { true } else { false } },
    ]
    return zip(values, isThere).filter(\.1).map(\.0)
  }

  private static func text(ofGroup name: String, _ commands: [CommandDescription], width: Int) -> String {
    """
    usage: \(ProgramName.current) \(name) COMMAND [options]

    \(table("commands", commands.map { ($0.name, $0.summary) }, width: width))

    \(ProgramName.current) help \(name) COMMAND shows the options of a command.

    """
  }

  private static func overview(width: Int) -> String {
    let rows = RecallBench.commands.map { ($0.description.name, $0.description.summary) }
    let parts = [
      TextLayout.paragraph(summary, width: width), "usage: \(ProgramName.current) COMMAND [options]",
      table("commands", rows, width: width),
      TextLayout.paragraph(
        "\(ProgramName.current) help COMMAND, or \(ProgramName.current) COMMAND --help, shows the options of a command. "
          + "\(ProgramName.current) --version, or -V, names the version.", width: width),
      table("values of options", values, width: width), table("environment variables", variables, width: width),
      table("exit codes", exitCodes, width: width),
    ]
    return parts.joined(separator: "\n\n") + "\n"
  }

  private static func table(_ title: String, _ rows: [(String, String)], width: Int) -> String {
    "\(title):\n\(TextLayout.columns(rows, width: width))"
  }
}
