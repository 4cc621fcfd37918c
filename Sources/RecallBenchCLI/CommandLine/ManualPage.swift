import Bench
import Files

/// The manual page in the macros of man(7), made from the same tables as the help, so that it needs no other tool.
///
/// Source: https://man7.org/linux/man-pages/man7/man.7.html
enum ManualPage {
  static var text: String {
    let commands = RecallBench.commands.map { $0.description }
    var lines = [
      #".TH \#(ProgramName.current.uppercased()) 1 "" "RecallBench \#(Provenance.version)" "User Commands""#,
      ".SH NAME", #"\#(line(ProgramName.current)) \- measure approximate-nearest-neighbour indexes"#,
      ".SH SYNOPSIS", ".nf",
    ]
    lines += commands.map { line($0.usage) } + [".fi"]
    lines += [".SH DESCRIPTION"] + filled(Help.summary)
    lines +=
      [".PP"]
      + filled("The articles of the documentation explain sweep files, gate.yml and every column of the results.")
    lines.append(".SH COMMANDS")
    for command in commands { lines += section(command) }
    lines += [".SH VALUES OF OPTIONS"] + Help.values.flatMap(entry)
    lines += [".SH ENVIRONMENT"] + Help.variables.flatMap(entry)
    lines += [".SH EXIT STATUS"] + Help.exitCodes.flatMap(entry)
    return lines.joined(separator: "\n") + "\n"
  }

  private static func section(_ command: CommandDescription) -> [String] {
    var lines = [".SS \(line(command.name))"] + filled(sentence(command.summary))
    lines += command.arguments.flatMap { entry($0.name, sentence($0.explanation)) }
    lines += command.options.flatMap { entry($0.synopsis, sentence($0.explanation)) }
    for paragraph in command.paragraphs {
      let isVerbatim = paragraph.hasPrefix("  ")
      lines.append(".PP")
      lines +=
        isVerbatim ? [".nf"] + paragraph.split(separator: "\n").map { line(String($0)) } + [".fi"] : filled(paragraph)
    }
    if !command.examples.isEmpty {
      lines += [".PP", command.examples.count == 1 ? "Example:" : "Examples:", ".PP", ".nf"]
      lines += Help.examples(of: command).flatMap { $0.split(separator: "\n").map { line(String($0)) } } + [".fi"]
    }
    return lines
  }

  private static func entry(_ name: String, _ meaning: String) -> [String] {
    [".TP", #"\fB\#(line(name))\fR"#] + filled(meaning)
  }

  /// A text in several source lines; the program that displays the page fills them again.
  private static func filled(_ text: String) -> [String] { TextLayout.filled(text, width: 72).map(line) }

  private static func sentence(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst() + (text.hasSuffix(".") ? "" : ".")
  }

  /// A text as one line of roff, escaped so that no part of it is read as a request and hyphens stay hyphens.
  private static func line(_ text: String) -> String {
    var escaped = text.hasPrefix(".") || text.hasPrefix("'") ? #"\&"# : ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += #"\e"#
      case "-": escaped += #"\-"#
      case "…": escaped += "..."
      case _ where !scalar.isASCII: escaped += #"\[u\#(hexadecimal(scalar.value))]"#
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  private static func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(4 - digits.count, 0)) + digits
  }
}
