/// Reads times, sizes and counts with units, as command lines, sweep files and environment variables write them.
///
/// It is written here, because Foundation formats measurements with units, but does not parse them.
public enum Quantity {
  /// The description of what `seconds(_:)` accepts.
  public static let secondsExpected = "a time above 0 and at most 100000h, such as 90s, 5min or 2h"
  /// The description of what `bytes(_:)` accepts.
  public static let bytesExpected = "a size above 0, such as 512M, 4GiB or 4GB"

  private static let timeUnits = ["": 1, "ms": 1e-3, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600]

  /// The units by their names in small letters. `K` alone means `KiB`, as in the GNU tools.
  private static let sizeUnits: [String: Double] = {
    var units = ["": 1.0, "b": 1]
    for (power, letter) in ["k", "m", "g", "t"].enumerated() {
      let (binary, decimal) = ([0x1p10, 0x1p20, 0x1p30, 0x1p40][power], [1e3, 1e6, 1e9, 1e12][power])
      units.merge([letter: binary, "\(letter)ib": binary, "\(letter)b": decimal]) { $1 }
    }
    return units
  }()

  private static let countUnits = ["k": 1e3, "m": 1e6, "g": 1e9]

  /// Reads `90`, `90s`, `500ms`, `5min` or `2h`; `nil` for anything else.
  public static func seconds(_ text: String) -> Double? {
    read(text, timeUnits).flatMap { $0 > 0 && $0 <= 100_000 * 3600 ? $0 : nil }
  }

  /// Reads `1048576`, `512M`, `4GiB` or `4GB`, in capital or small letters; `nil` for anything else.
  public static func bytes(_ text: String) -> Int? {
    read(text.lowercased(), sizeUnits).flatMap { $0 >= 1 && $0 < 0x1p62 ? Int($0) : nil }
  }

  /// Reads an integer, also with `k`, `M` or `G` for thousands, millions and billions; `nil` for anything else.
  public static func count(_ text: String) -> Int? {
    if let number = Int(text) { return number }
    guard let value = read(text.lowercased(), countUnits), value < 0x1p53, value == value.rounded() else { return nil }
    return Int(value)
  }

  private static func read(_ text: String, _ units: [String: Double]) -> Double? {
    let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let value = Double(number), let unit = units[String(text.dropFirst(number.count))] else { return nil }
    return value * unit
  }
}
