/// How many cells a product of settings makes, without making it.
struct CellCount: Equatable, CustomStringConvertible {
  /// No sweep has more cells: a quarter of a second each are three days.
  static let most = 1_000_000

  /// What a user can do about too many.
  static let remedy = "a sweep has at most \(most) cells; name fewer values"

  /// Nil beyond what an integer can hold.
  private(set) var value: Int?

  /// The product of some counts; 1 of none.
  init(_ factors: [Int]) {
    // In any order: what is multiplied by none is none.
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
