/// What a search of a kind of index may choose, typed.
public protocol IndexSearchSettings: ParameterSet {
  /// The kind of index.
  static var declaration: IndexDeclaration { get }
}

extension IndexSearchSettings {
  /// These settings as a search takes them.
  ///
  /// - Throws: `IndexError.invalidParameter` for a value out of range.
  public func parameters() throws(IndexError) -> SearchParameters {
    SearchParameters(
      try Parameters(settings, declared: Self.declaration.search, kind: Self.declaration.kind))
  }
}
