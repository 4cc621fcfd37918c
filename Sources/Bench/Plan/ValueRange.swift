import YAML

/// The values from a first to a last one: `{from: 1, to: 256, factor: 2}` or `{from: 0, to: 100, step: 10}`.
struct ValueRange {
  /// The greatest number of values of one parameter.
  static let maximumCount = 10_000

  /// The values as text, ascending; the last one is `to` when the steps reach it exactly.
  let values: [String]

  /// - Parameter isInteger: whether the values are rounded to integers; values that become equal are then merged.
  init(_ node: YAMLNode, isInteger: Bool) throws(YAMLError) {
    try node.allowKeys(["from", "to", "factor", "step"])
    let (first, last) = (try node.required("from").number(), try node.required("to").number())
    guard first <= last else {
      throw node.error(.invalidValue("\(first) to \(last)", expected: "a range whose 'from' is no more than its 'to'"))
    }
    let factor = try node.optional("factor")
    let step = try node.optional("step")
    guard (factor == nil) != (step == nil) else {
      throw node.error(.invalidValue("a range with both or neither", expected: "one of 'factor' and 'step'"))
    }
    let next: (Double) -> Double
    if let factor {
      let value = try factor.number()
      guard value > 1, first > 0 else {
        throw factor.error(.invalidValue("\(value) from \(first)", expected: "a factor above 1 and a 'from' above 0"))
      }
      next = { $0 * value }
    } else {
      let value = try step?.number() ?? 0
      guard value > 0 else { throw node.error(.invalidValue("step \(value)", expected: "a step above 0")) }
      next = { $0 + value }
    }
    var values: [String] = []
    var value = first
    // The tolerance lets 0.1 + 0.2 reach 0.3.
    while value <= last + 1e-9 * max(1, abs(last)) {
      guard values.count < Self.maximumCount else {
        throw node.error(.invalidValue("a range of more", expected: "at most \(Self.maximumCount) values"))
      }
      // The conversion to an integer must not overflow.
      values.append(isInteger && abs(value) < 0x1p53 ? String(Int(value.rounded())) : String(value))
      let following = next(value)
      guard following > value else {
        throw node.error(.invalidValue("a step too small to change \(value)", expected: "a larger step"))
      }
      value = following
    }
    self.values = values.distinct
  }
}
