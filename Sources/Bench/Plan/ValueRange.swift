import YAML

/// Values from a first to a last: `{from: 1, to: 256, factor: 2}` or `{from: 0, to: 100, step: 10}`.
struct ValueRange {
  /// No sweep has more values of one parameter.
  static let maximumCount = 10_000

  /// As typed, ascending; the last is `to` where the steps meet it.
  let values: [String]

  /// - Parameter isInteger: whether values are rounded to whole numbers; equal ones are then one.
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
    // A little beyond: 0.1 + 0.2 must reach 0.3.
    while value <= last + 1e-9 * max(1, abs(last)) {
      guard values.count < Self.maximumCount else {
        throw node.error(.invalidValue("a range of more", expected: "at most \(Self.maximumCount) values"))
      }
      // Whole numbers end in what an integer can hold.
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
