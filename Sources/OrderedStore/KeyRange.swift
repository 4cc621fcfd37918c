/// The keys between two bounds, in the order of `memcmp`.
public struct KeyRange: Equatable, Sendable {
  /// One end of a range.
  public enum Bound: Equatable, Sendable {
    case unbounded
    case included([UInt8])
    case excluded([UInt8])
  }

  public var lower: Bound
  public var upper: Bound

  public init(lower: Bound = .unbounded, upper: Bound = .unbounded) {
    self.lower = lower
    self.upper = upper
  }

  /// All keys.
  public static let all = KeyRange()

  /// `key` and all later keys.
  public static func from(_ key: [UInt8]) -> KeyRange { KeyRange(lower: .included(key)) }

  /// The keys from `first` up to, not including, `end`.
  public static func from(_ first: [UInt8], upTo end: [UInt8]) -> KeyRange {
    KeyRange(lower: .included(first), upper: .excluded(end))
  }

  /// The keys from `first` through `last`.
  public static func from(_ first: [UInt8], through last: [UInt8]) -> KeyRange {
    KeyRange(lower: .included(first), upper: .included(last))
  }

  /// The keys that begin with `prefix`.
  public static func prefix(_ prefix: [UInt8]) -> KeyRange {
    // The end is the prefix with its last byte below 255 increased by one, and without the bytes after it.
    var end = prefix
    while end.last == 255 { end.removeLast() }
    guard let last = end.popLast() else { return .from(prefix) }
    return .from(prefix, upTo: end + [last + 1])
  }

  /// Whether the range may contain keys at or after `key` in the direction of the scan.
  func reaches(_ key: UnsafeRawBufferPointer, _ direction: ScanDirection) -> Bool {
    switch (direction, direction == .ascending ? upper : lower) {
    case (_, .unbounded): true
    case (.ascending, .included(let end)): compareKeys(key, end) <= 0
    case (.ascending, .excluded(let end)): compareKeys(key, end) < 0
    case (.descending, .included(let end)): compareKeys(key, end) >= 0
    case (.descending, .excluded(let end)): compareKeys(key, end) > 0
    }
  }

  /// The bound at which a scan in this direction begins.
  func start(_ direction: ScanDirection) -> Bound { direction == .ascending ? lower : upper }
}
