/// The two sides of an interleaved measurement.
public enum WorkSide: String, Codable, Sendable, CaseIterable {
  case base, head

  var other: WorkSide { self == .base ? .head : .base }
}

/// A pair of values, one for each side of a comparison.
public struct Sides<Value> {
  public var base: Value
  public var head: Value

  public init(base: Value, head: Value) {
    self.base = base
    self.head = head
  }

  public subscript(side: WorkSide) -> Value {
    get { side == .base ? base : head }
    set { if side == .base { base = newValue } else { head = newValue } }
  }
}

extension Sides: Sendable where Value: Sendable {}
