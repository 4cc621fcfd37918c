/// The value of a figure in a measured cell.
public enum FigureValue: Sendable, Equatable {
  /// The cell does not have the figure; `writtenAs` is a number that is written nevertheless, if any.
  case absent(writtenAs: Int?)
  case text(String)
  case integer(Int)
  case seed(UInt64)
  /// A number; NaN when there was nothing to compute it from.
  case number(Double)

  /// The number; `nil` for a text, for a seed, and when there is none.
  public var number: Double? {
    switch self {
    case .integer(let integer): Double(integer)
    case .number(let number): number.isNaN ? nil : number
    case .absent, .text, .seed: nil
    }
  }
}

extension FigureValue: CustomStringConvertible {
  /// The value as a field of a CSV file; empty when the cell does not have the figure.
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
  /// Encodes a text or a number; an empty text when the cell does not have the figure.
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
