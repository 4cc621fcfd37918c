import Datasets

/// A filter that the workload `filtered` measures.
///
/// Its text is what people type, and what stands in the name and the key of a cell: `1%`, `10% near`,
/// `price < 20 and color = red`, `queries`.
public enum FilterChoice: Sendable, Hashable {
  /// Made metadata that this share of the rows matches, in thousandths.
  case made(permille: Int, Correlation)
  /// A condition on the columns of the dataset's metadata.
  case condition(FilterCondition)
  /// The filter that the dataset states for each query.
  case ofQueries

  /// How the rows that match made metadata lie in relation to a query.
  public enum Correlation: String, Sendable, CaseIterable {
    /// The rows are drawn at random.
    case independent
    /// The rows are those around the query.
    case near
    /// The rows are those farthest from the query.
    case far
  }

  /// The version of made metadata, for the keys of cells.
  static let metadataVersion = "made 1"

  /// The choices when none is named: 50 %, 10 %, 1 % and 0.1 % of the rows, for each correlation.
  public static let standard = Correlation.allCases.flatMap { correlation in
    [500, 100, 10, 1].map { FilterChoice.made(permille: $0, correlation) }
  }

  /// A description of what `init(parsing:)` accepts.
  public static let expected =
    "a share like 1%, '1% near' or '1% far', a condition like 'price < 20', or 'queries' for the dataset's own filters"

  /// - Throws: `FilterConditionError` for a text that is none of these.
  public init(parsing text: String) throws(FilterConditionError) {
    let words = text.split(separator: " ")
    if words == ["queries"] {
      self = .ofQueries
    } else if let share = words.first, share.hasSuffix("%") {
      let correlation = words.count == 1 ? .independent : Correlation(rawValue: String(words[1]))
      guard let percent = Double(share.dropLast()), let permille = Self.permille(percent), words.count <= 2,
        let correlation
      else { throw .share(text) }
      self = .made(permille: permille, correlation)
    } else {
      self = .condition(try FilterCondition(parsing: text))
    }
  }

  /// The thousandths that a number of percent is; `nil` when it is not one of 0.1, 0.2 … 100.
  private static func permille(_ percent: Double) -> Int? {
    let permille = (percent * 10).rounded()
    return (1...1000).contains(permille) && abs(permille - percent * 10) < 1e-6 ? Int(permille) : nil
  }
}

extension FilterChoice: CustomStringConvertible {
  public var description: String {
    switch self {
    case .made(let permille, let correlation):
      (permille.isMultiple(of: 10) ? "\(permille / 10)%" : "\(Double(permille) / 10)%")
        + (correlation == .independent ? "" : " \(correlation.rawValue)")
    case .condition(let condition): "\(condition)"
    case .ofQueries: "queries"
    }
  }
}

extension FilterChoice: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    do { try self.init(parsing: text) } catch {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(error)")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
