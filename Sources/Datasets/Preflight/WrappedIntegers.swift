import VectorCore

/// Integers that were stored in a type of the same width that does not hold them, and became others.
///
/// Counts of values fall from 0 outwards in most data. Where unsigned numbers were stored as signed ones, negative
/// values become more frequent away from 0; where signed numbers were stored as unsigned ones, the largest values are as
/// frequent as the smallest, with few between them.
public enum WrappedIntegers: String, Sendable, Equatable, Codable {
  case unsignedAsSigned8, signedAsUnsigned8, unsignedAsSigned16, signedAsUnsigned16

  private static let sampledRows = 512
  /// Fewer values say nothing about frequencies.
  private static let fewestValues = 4_096

  /// - Returns: `nil` where a sample of the rows does not look like that. - Complexity: O(d), of some hundred rows.
  init?(_ train: Matrix) {
    var random = SeededGenerator(seed: 0)
    var values: [Int] = []
    for row in random.spread(Self.sampledRows, below: train.rows) {
      let vector = train[row: row]
      for index in vector.indices {
        guard vector[index].magnitude <= 65_535, let value = Int(exactly: vector[index]) else { return nil }
        values.append(value)
      }
    }
    guard values.count >= Self.fewestValues, let low = values.min(), let high = values.max() else { return nil }
    if low < 0 {
      guard let half = [128, 32_768].first(where: { low >= -$0 && high < $0 }) else { return nil }
      // From the farthest quarter of the negative values to the nearest, then the farthest quarter above 0.
      let far = Self.quarters(values, from: -half, to: 0)
      let top = Self.quarters(values, from: 0, to: half)[3]
      guard far[0] > far[1], far[1] > far[2], far[2] >= far[3], far[1] > 0, far[0] > 3 * far[3], top > 0,
        far[0] <= 4 * top
      else { return nil }
      self = half == 128 ? .unsignedAsSigned8 : .unsignedAsSigned16
    } else {
      guard let full = [256, 65_536].first(where: { high < $0 }) else { return nil }
      let eighth = full / 8
      let counts = (0..<8).map { part in values.count { $0 / eighth == part } }
      let (bottom, top, middle) = (counts[0], counts[7], max(counts[3], counts[4]))
      guard counts[6] > 0, top > counts[6], bottom > counts[1], top <= 2 * bottom, bottom <= 2 * top, 4 * middle < top
      else { return nil }
      self = full == 256 ? .signedAsUnsigned8 : .signedAsUnsigned16
    }
  }

  /// How many values are in each quarter of a range.
  private static func quarters(_ values: [Int], from low: Int, to high: Int) -> [Int] {
    let width = (high - low) / 4
    return (0..<4).map { part in
      values.count { $0 >= low + part * width && $0 < low + (part + 1) * width }
    }
  }

  /// The value that a stored one was before.
  func original(of value: Float) -> Float {
    switch self {
    case .unsignedAsSigned8: value < 0 ? value + 256 : value
    case .signedAsUnsigned8: value > 127 ? value - 256 : value
    case .unsignedAsSigned16: value < 0 ? value + 65_536 : value
    case .signedAsUnsigned16: value > 32_767 ? value - 65_536 : value
    }
  }
}

extension WrappedIntegers: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unsignedAsSigned8: "unsigned integers of 8 bits (0…255) seem to have been stored as signed ones (-128…127)"
    case .signedAsUnsigned8: "signed integers of 8 bits (-128…127) seem to have been stored as unsigned ones (0…255)"
    case .unsignedAsSigned16:
      "unsigned integers of 16 bits (0…65535) seem to have been stored as signed ones (-32768…32767)"
    case .signedAsUnsigned16:
      "signed integers of 16 bits (-32768…32767) seem to have been stored as unsigned ones (0…65535)"
    }
  }
}
