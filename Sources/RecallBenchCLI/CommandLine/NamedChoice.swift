/// One of a few things that the command line calls by name.
protocol NamedChoice: CaseIterable, RawRepresentable<String> {}

extension NamedChoice {
  /// The one of this name.
  ///
  /// - Throws: `UsageError.invalidValue`, which lists them all.
  init(named name: String, option: String) throws(UsageError) {
    guard let choice = Self(rawValue: name) else {
      throw .invalidValue(option: option, value: name, expected: Self.allCases.map(\.rawValue).joined(separator: ", "))
    }
    self = choice
  }

  /// The one that an option with a default names.
  init(_ arguments: Arguments, option: String = "--format") throws(UsageError) {
    try self.init(named: arguments.text(option) ?? "", option: option)
  }
}
