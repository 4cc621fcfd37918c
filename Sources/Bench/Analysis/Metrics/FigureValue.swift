/// What a measured cell has of a figure.
public enum FigureValue: Sendable, Equatable {
  /// The cell has no such figure; the number that is written all the same, if any.
  case absent(writtenAs: Int?)
  case text(String)
  case integer(Int)
  case seed(UInt64)
  /// NaN where there was nothing to compute it from.
  case number(Double)

  /// `nil` for a text, for a seed, and where there is no number.
  public var number: Double? {
    switch self {
    case .integer(let integer): Double(integer)
    case .number(let number): number.isNaN ? nil : number
    case .absent, .text, .seed: nil
    }
  }
}

extension FigureValue: CustomStringConvertible {
  /// As a field of a CSV file: empty where there is no figure.
  public var description: String {
    switch self {
    case .absent(let written): written.map(String.init) ?? ""
    case .text(let text): text
    case .integer(let integer): "\(integer)"
    case .seed(let seed): "\(seed)"
    case .number(let number): number.isNaN ? "" : "\(number)"
    }
  }
}

extension FigureValue: Encodable {
  /// A text or a number; an empty text where there is no figure.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .integer(let integer), .absent(writtenAs: let integer?): try container.encode(integer)
    case .seed(let seed): try container.encode(seed)
    case .number(let number) where !number.isNaN: try container.encode(number)
    case .absent, .text, .number: try container.encode(description)
    }
  }
}
