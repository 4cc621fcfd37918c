/// A figure of a measured cell, or a text about it, declared once for all files, tables and verdicts.
///
/// `Figure.all` has every one of them: `results.csv`, its JSON form, the tables, `compare`, `gate`, `history` and the
/// article Columns are made from it. A further figure is one more value in one of its three parts.
public struct Figure: Sendable {
  /// Which change of a figure is an improvement.
  public enum Direction: String, Sendable {
    case more, less
  }

  /// How tables for people show a figure.
  public struct Display: Sendable {
    /// With the unit: `p50 ms`.
    public let title: String
    /// Digits after the point.
    public let digits: Int
    /// How many units of the figure are one of the title's: 1e6 bytes are one MB.
    public let divisor: Double

    init(_ title: String, digits: Int = 0, divisor: Double = 1) {
      self.title = title
      self.digits = digits
      self.divisor = divisor
    }
  }

  /// What people type, and what verdicts call it: `recall`.
  public let name: String
  /// The column of `results.csv`: `k-nn`. Most figures have their name there.
  public let column: String
  /// Empty for texts and counts.
  public let unit: String
  /// `nil` for what is no figure of merit.
  public let better: Direction?
  /// One line, for the article Columns.
  public let meaning: String
  /// `nil` for a figure that no table for people shows.
  public let display: Display?
  /// `nil` for a figure that is written, but not compared between runs.
  let comparing: Comparing?
  private let read: @Sendable (CellMeasurement) -> FigureValue

  /// What tables for people call it, with its unit: `queries/s`.
  public var title: String { display?.title ?? name }

  /// What a measurement has of it.
  public func value(of measurement: CellMeasurement) -> FigureValue { read(measurement) }

  /// The number that a measurement has; `nil` where it has none.
  public func number(of measurement: CellMeasurement) -> Double? { read(measurement).number }

  /// All of them, in the order of the columns of `results.csv`.
  public static let all: [Figure] = annBenchmarks + own + workloads

  /// The figures that runs are compared by, in the order of tables and verdicts.
  public static let compared: [Figure] = [
    .recall, .qps, .p50, .p95, .p99, .build, .indexBytes, .diskBytes, .residentBytes, .insertRate, .insertP50,
    .insertP99,
  ]

  /// The figure of that name that runs are compared by; `nil` for any other name.
  public static func compared(named name: String) -> Figure? { compared.first { $0.name == name } }
}

extension Figure {
  /// The seed of a cell: of 64 bits, and no amount.
  static func seed(_ name: String, _ meaning: String, _ read: @escaping @Sendable (CellMeasurement) -> UInt64) -> Figure
  {
    Figure(
      name: name, column: name, unit: "", better: nil, meaning: meaning, display: nil, comparing: nil,
      read: { .seed(read($0)) })
  }

  static func text(
    _ name: String, in unit: String = "", _ meaning: String, _ read: @escaping @Sendable (CellMeasurement) -> String?
  ) -> Figure {
    Figure(
      name: name, column: name, unit: unit, better: nil, meaning: meaning, display: nil, comparing: nil,
      read: { read($0).map { .text($0) } ?? .absent(writtenAs: nil) })
  }

  /// - Parameters:
  ///   - column: the name where it is `nil`.
  ///   - written: what is written of a cell that has no such figure; nothing where it is `nil`.
  static func integer(
    _ name: String, column: String? = nil, in unit: String = "", better: Direction? = nil, _ meaning: String,
    display: Display? = nil, comparing: Comparing? = nil, absentAs written: Int? = nil,
    _ read: @escaping @Sendable (CellMeasurement) -> Int?
  ) -> Figure {
    Figure(
      name: name, column: column ?? name, unit: unit, better: better, meaning: meaning, display: display,
      comparing: comparing, read: { read($0).map { .integer($0) } ?? .absent(writtenAs: written) })
  }

  /// - Parameter column: the name where it is `nil`.
  static func number(
    _ name: String, column: String? = nil, in unit: String = "", better: Direction? = nil, _ meaning: String,
    display: Display? = nil, comparing: Comparing? = nil, _ read: @escaping @Sendable (CellMeasurement) -> Double?
  ) -> Figure {
    Figure(
      name: name, column: column ?? name, unit: unit, better: better, meaning: meaning, display: display,
      comparing: comparing, read: { read($0).map { .number($0) } ?? .absent(writtenAs: nil) })
  }
}

extension Figure: Hashable {
  public static func == (left: Figure, right: Figure) -> Bool { left.name == right.name }

  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension Figure: Codable {
  /// Reads the name of a figure that runs are compared by.
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
