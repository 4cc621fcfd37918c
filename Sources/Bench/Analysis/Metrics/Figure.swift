/// A figure of a measured cell, or a text about it, declared once for all files, tables and verdicts.
///
/// `Figure.all` lists all of them: `results.csv`, its JSON form, the tables, `compare`, `gate`, `history` and the
/// article Columns are derived from it. To add a figure, add one value to one of its three parts.
public struct Figure: Sendable {
  /// The direction in which a figure improves.
  public enum Direction: String, Sendable {
    case more, less
  }

  /// How tables for people show a figure.
  public struct Display: Sendable {
    /// The title with the unit: `p50 ms`.
    public let title: String
    /// The number of digits after the point.
    public let digits: Int
    /// The number of the figure's units in one unit of the title: 1e6, since 1e6 bytes are one MB.
    public let divisor: Double

    init(_ title: String, digits: Int = 0, divisor: Double = 1) {
      self.title = title
      self.digits = digits
      self.divisor = divisor
    }
  }

  /// The sort of a figure's values.
  public enum ValueKind: String, Sendable, Codable {
    case text, integer, seed, number
  }

  /// The name that people type and that verdicts show: `recall`.
  public let name: String
  /// The name of the column in `results.csv`, such as `k-nn`; most figures have their own name there.
  public let column: String
  /// The unit; empty for texts and counts.
  public let unit: String
  /// The direction of improvement; `nil` for a figure that has none.
  public let better: Direction?
  /// The meaning in one line, for the article Columns.
  public let meaning: String
  /// How tables show the figure; `nil` when no table for people does.
  public let display: Display?
  /// How the figure is compared between runs; `nil` when it is only written.
  let comparing: Comparing?
  /// The sort of its values, for files whose columns have types.
  public let values: ValueKind
  private let read: @Sendable (CellMeasurement) -> FigureValue

  /// The title in tables for people, with its unit: `queries/s`.
  public var title: String { display?.title ?? name }

  /// The value in a measurement.
  public func value(of measurement: CellMeasurement) -> FigureValue { read(measurement) }

  /// The number in a measurement; `nil` when it has none.
  public func number(of measurement: CellMeasurement) -> Double? { read(measurement).number }

  /// All figures, in the order of the columns of `results.csv`.
  public static let all: [Figure] = annBenchmarks + own + workloads

  /// The figures by which runs are compared, in the order of tables and verdicts.
  public static let compared: [Figure] = [
    .recall, .qps, .p50, .p95, .p99, .build, .indexBytes, .diskBytes, .residentBytes, .insertRate, .insertP50,
    .insertP99,
  ]

  /// The compared figure of that name; `nil` for any other name.
  public static func compared(named name: String) -> Figure? { compared.first { $0.name == name } }
}

extension Figure {
  /// A figure that is a seed of 64 bits, which is not a quantity.
  static func seed(_ name: String, _ meaning: String, _ read: @escaping @Sendable (CellMeasurement) -> UInt64) -> Figure
  {
    Figure(
      name: name, column: name, unit: "", better: nil, meaning: meaning, display: nil, comparing: nil, values: .seed,
      read: { .seed(read($0)) })
  }

  static func text(
    _ name: String, in unit: String = "", _ meaning: String, _ read: @escaping @Sendable (CellMeasurement) -> String?
  ) -> Figure {
    Figure(
      name: name, column: name, unit: unit, better: nil, meaning: meaning, display: nil, comparing: nil, values: .text,
      read: { read($0).map { .text($0) } ?? .absent(writtenAs: nil) })
  }

  /// - Parameters:
  ///   - column: the name of the column; `nil` for the figure's name.
  ///   - written: the number that is written for a cell without the figure; nothing is written when it is `nil`.
  static func integer(
    _ name: String, column: String? = nil, in unit: String = "", better: Direction? = nil, _ meaning: String,
    display: Display? = nil, comparing: Comparing? = nil, absentAs written: Int? = nil,
    _ read: @escaping @Sendable (CellMeasurement) -> Int?
  ) -> Figure {
    Figure(
      name: name, column: column ?? name, unit: unit, better: better, meaning: meaning, display: display,
      comparing: comparing, values: .integer, read: { read($0).map { .integer($0) } ?? .absent(writtenAs: written) })
  }

  /// - Parameter column: the name of the column; `nil` for the figure's name.
  static func number(
    _ name: String, column: String? = nil, in unit: String = "", better: Direction? = nil, _ meaning: String,
    display: Display? = nil, comparing: Comparing? = nil, _ read: @escaping @Sendable (CellMeasurement) -> Double?
  ) -> Figure {
    Figure(
      name: name, column: column ?? name, unit: unit, better: better, meaning: meaning, display: display,
      comparing: comparing, values: .number, read: { read($0).map { .number($0) } ?? .absent(writtenAs: nil) })
  }
}

extension Figure: Hashable {
  public static func == (left: Figure, right: Figure) -> Bool { left.name == right.name }

  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension Figure: Codable {
  /// Decodes the name of a compared figure.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let figure = Figure.compared(named: name) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no figure is called \(name)")
    }
    self = figure
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
}
