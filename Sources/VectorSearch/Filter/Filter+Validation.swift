extension Filter {
  /// The greatest number of nesting levels of a filter; a comparison alone is one level.
  public static let maximumDepth = 64
  /// The greatest number of values in the list of an `isIn`.
  public static let maximumValues = 1024

  /// Refuses a filter that is nested too deeply or lists too many values.
  ///
  /// The recursion stops one level below the limit, so even a very deep filter is refused without a stack overflow.
  ///
  /// - Throws: `IndexError.invalidFilter`.
  /// - Complexity: O(n) for n nodes.
  public func validate() throws(IndexError) { try validate(level: 1) }

  private func validate(level: Int) throws(IndexError) {
    guard level <= Self.maximumDepth else {
      throw .invalidFilter(reason: "it is nested deeper than \(Self.maximumDepth) levels; flatten and/or chains")
    }
    switch self {
    case .isIn(let field, let values) where values.count > Self.maximumValues:
      throw .invalidFilter(
        reason: "isIn lists \(values.count) values for \(field), at most \(Self.maximumValues) are allowed; "
          + "split it with or")
    case .and(let filters), .or(let filters):
      for filter in filters { try filter.validate(level: level + 1) }
    case .not(let filter):
      try filter.validate(level: level + 1)
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .isIn:
      break
    }
  }
}
