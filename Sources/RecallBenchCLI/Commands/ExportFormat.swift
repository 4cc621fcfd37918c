import Reports

/// The formats that a command offers are the formats of a list of `Exporters`.
extension OptionValue {
  static func format<Results>(of exporters: [any Exporter<Results>]) -> OptionValue {
    .choice("FORMAT", exporters.map { $0.format })
  }
}

extension Option {
  /// `--format`, with the first of the exporters as its default.
  static func format<Results>(_ exporters: [any Exporter<Results>]) -> Option {
    Option("--format", .format(of: exporters), default: exporters[0].format, "how it is written")
  }
}

extension Arguments {
  /// The exporter that `--format` names.
  func exporter<Results>(_ exporters: [any Exporter<Results>]) -> any Exporter<Results> {
    Exporters.named(text("--format") ?? "", among: exporters)
  }
}

extension Exporters {
  /// The exporter of a format that is one of the choices in a command's table.
  static func named<Results>(_ format: String, among exporters: [any Exporter<Results>]) -> any Exporter<Results> {
    guard let exporter = exporters.first(where: { $0.format == format }) else {
      preconditionFailure("\(format) is one of the choices in its table")
    }
    return exporter
  }

  /// The meaning of each format, for the notes of a command.
  static func explained<Results>(_ exporters: [any Exporter<Results>]) -> String {
    exporters.map { "\($0.format): \($0.meaning)" }.joined(separator: ";\n") + "."
  }
}
