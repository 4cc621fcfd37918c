import Bench
import Foundation

/// Formats figures for people.
enum NumberText {
  /// A figure as tables show it: empty when a cell does not have it, a dash when there was nothing to compute it from.
  static func of(_ figure: Figure, _ measurement: CellMeasurement) -> String {
    let (digits, divisor) = (figure.display?.digits ?? 0, figure.display?.divisor ?? 1)
    switch figure.value(of: measurement) {
    case .number(let number): return fixed(number / divisor, digits)
    case .integer(let integer): return fixed(Double(integer) / divisor, digits)
    case .absent, .text, .seed: return ""
    }
  }

  /// A number with `digits` digits after the point; a dash for NaN and infinities.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    value.isNaN ? "–" : String(format: "%.\(digits)f", value)
  }

  /// A number with three significant digits, or with all digits before the point: 0.0123, 1.23, 12.3, 1234.
  static func significant(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return fixed(value, 0) }
    return fixed(value, max(0, 2 - Int(log10(abs(value)).rounded(.down))))
  }

  /// A number with the digits that it needs: 0.95, 1.
  static func short(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? fixed(value, 0) : "\(value)"
  }

  /// A number with its noun: `1 cell`, `2 cells`.
  static func count(_ number: Int, _ thing: String) -> String { "\(number) \(thing)\(number == 1 ? "" : "s")" }
}
