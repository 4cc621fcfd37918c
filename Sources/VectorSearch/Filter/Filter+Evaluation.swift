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
    case .equal(let field, let value): metadata[field].map { $0 == value } ?? false
    case .notEqual(let field, let value): metadata[field].map { $0 != value } ?? false
    case .less(let field, let value): metadata[field].map { $0.isLess(than: value) } ?? false
    case .lessOrEqual(let field, let value): metadata[field].map { $0 == value || $0.isLess(than: value) } ?? false
    case .greater(let field, let value): metadata[field].map { value.isLess(than: $0) } ?? false
    case .greaterOrEqual(let field, let value): metadata[field].map { $0 == value || value.isLess(than: $0) } ?? false
    case .isIn(let field, let values): metadata[field].map(values.contains) ?? false
    case .and(let filters): filters.allSatisfy { $0.accepts(metadata) }
    case .or(let filters): filters.contains { $0.accepts(metadata) }
    case .not(let filter): !filter.accepts(metadata)
    }
  }
}

extension MetadataValue {
  /// Whether this value is less than the other; false for values of different types.
  fileprivate func isLess(than other: MetadataValue) -> Bool {
    switch (self, other) {
    case (.integer(let a), .integer(let b)): a < b
    case (.real(let a), .real(let b)): a < b
    case (.text(let a), .text(let b)): a < b
    case (.boolean(let a), .boolean(let b)): !a && b
    default: false
    }
  }
}
