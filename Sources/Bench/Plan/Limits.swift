/// What one build and its searches may take before the sweep goes on without them.
public struct Limits: Sendable, Equatable, Codable {
  /// Seconds for the build, and as many again for the warm-up and for each round of a cell; nil for no limit.
  public var seconds: Double?
  /// Bytes of memory the building and searching process may have, dataset included; nil for no limit.
  public var memoryBytes: Int?

  public init(seconds: Double? = nil, memoryBytes: Int? = nil) {
    self.seconds = seconds
    self.memoryBytes = memoryBytes
  }

  /// These limits where they are set, else those of `other`.
  func filled(from other: Limits) -> Limits {
    Limits(seconds: seconds ?? other.seconds, memoryBytes: memoryBytes ?? other.memoryBytes)
  }
}

extension Limits {
  /// What `seconds(parsing:)` takes.
  public static let secondsExpected = "a time above 0 and at most 100000h, like 90, 90s, 10m or 2h"
  /// What `bytes(parsing:)` takes.
  public static let bytesExpected = "a size above 0, like 512MiB, 4GiB or 2GB"

  /// Reads `90`, `90s`, `10m` or `2h`; nil for anything else.
  public static func seconds(parsing text: String) -> Double? {
    parse(text, units: ["": 1, "s": 1, "m": 60, "h": 3600]).flatMap { $0 <= 100_000 * 3600 ? $0 : nil }
  }

  /// Reads `1048576`, `512MiB`, `4GiB` or `2GB`; nil for anything else.
  public static func bytes(parsing text: String) -> Int? {
    let units = [
      "": 1.0, "B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 0x1p10, "MiB": 0x1p20, "GiB": 0x1p30,
    ]
    return parse(text, units: units).flatMap { $0 >= 1 && $0 < 0x1p62 ? Int($0) : nil }
  }

  private static func parse(_ text: String, units: [String: Double]) -> Double? {
    let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let value = Double(number), value > 0, let unit = units[String(text.dropFirst(number.count))] else {
      return nil
    }
    return value * unit
  }
}
