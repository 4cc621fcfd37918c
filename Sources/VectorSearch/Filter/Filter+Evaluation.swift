extension Filter {
  /// Whether a vector with this metadata may be returned.
  ///
  /// A comparison with an absent field is false, whatever the comparison, and `not` negates that result like any other.
  /// An `and` of no filters is true, an `or` of no filters is false. Values of different types are never equal and
  /// never ordered.
  ///
  /// - Complexity: O(n) for a filter of n nodes and listed values.
  public func accepts(_ metadata: Metadata) -> Bool {
    switch self {
    case .and(let filters): filters.allSatisfy { $0.accepts(metadata) }
    case .or(let filters): filters.contains { $0.accepts(metadata) }
    case .not(let filter): !filter.accepts(metadata)
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .isIn:
      field.flatMap { metadata[$0] }.map { accepts(value: $0) } ?? false
    }
  }

  /// The field of a comparison; `nil` for `and`, `or` and `not`.
  package var field: String? {
    switch self {
    case .equal(let field, _), .notEqual(let field, _), .less(let field, _), .lessOrEqual(let field, _),
      .greater(let field, _), .greaterOrEqual(let field, _), .isIn(let field, _):
      field
    case .and, .or, .not: nil
    }
  }

  /// Whether a comparison accepts a value of its field; false for `and`, `or` and `not`.
  package func accepts(value: MetadataValue) -> Bool {
    switch self {
    case .equal(_, let other): value == other
    case .notEqual(_, let other): value != other
    case .less(_, let other): value.isLess(than: other)
    case .lessOrEqual(_, let other): value == other || value.isLess(than: other)
    case .greater(_, let other): other.isLess(than: value)
    case .greaterOrEqual(_, let other): value == other || other.isLess(than: value)
    case .isIn(_, let values): values.contains(value)
    case .and, .or, .not: false
    }
  }
}

extension MetadataValue {
  /// Whether this value is less than the other; false for values of different types.
  package func isLess(than other: MetadataValue) -> Bool {
    switch (self, other) {
    case (.integer(let a), .integer(let b)): a < b
    case (.real(let a), .real(let b)): a < b
    case (.text(let a), .text(let b)): a < b
    case (.boolean(let a), .boolean(let b)): !a && b
    default: false
    }
  }
}
