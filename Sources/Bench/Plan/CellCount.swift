/// The number of cells in a product of settings, computed without creating the cells.
struct CellCount: Equatable, CustomStringConvertible {
  /// The greatest number of cells of a sweep: at a quarter of a second each, they take three days.
  static let most = 1_000_000

  /// The remedy that an error names.
  static let remedy = "a sweep has at most \(most) cells; name fewer values"

  /// The number; `nil` when it exceeds the range of an integer.
  private(set) var value: Int?

  /// The product of the factors; 1 without factors.
  init(_ factors: [Int]) {
    // A zero factor makes the product zero, even when the other factors overflow.
    value =
      factors.contains(0)
      ? 0
      : factors.reduce(1) { product, factor in
        product.flatMap { product in
          let (value, overflows) = product.multipliedReportingOverflow(by: factor)
          return overflows ? nil : value
        }
      }
  }

  static func += (sum: inout CellCount, other: CellCount) {
    guard let value = sum.value, let added = other.value else {
      sum.value = nil
      return
    }
    let (total, overflows) = value.addingReportingOverflow(added)
    sum.value = overflows ? nil : total
  }

  var description: String { value.map(String.init) ?? "more than \(Int.max)" }
}
