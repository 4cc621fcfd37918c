/// The options of the `ingest` workload: how vectors are written and searched.
public struct IngestOptions: Sendable, Hashable, Codable {
  /// The number of searching threads; each sends its next query when it has the answer to the last one.
  public var readers = 1
  /// The number of vectors written per second; 0 to write each batch as soon as the last one is done.
  public var rate = 0
  /// The number of vectors in a batch.
  public var batchRows = 1000
  /// The number of rows in the base before anything is measured; `nil` for half of the dataset.
  public var baseRows: Int?
  /// The length of each phase in which nothing is written.
  public var idleSeconds = 2.0

  public init() {}
}

extension IngestOptions {
  /// The valid ranges of the options.
  public static let readersRange = 0...1_024
  public static let rateRange = 0...1_000_000_000
  public static let batchRowsRange = 1...1_000_000
  public static let baseRowsRange = 1...Int(Int32.max)
}

/// A phase of an `ingest`: one interval of time, or all intervals of one kind.
public enum IngestPhase: Sendable, Hashable {
  /// Only the base is searched; nothing is written.
  case before
  /// The tenth of the rows with this number, counted from 1, is written.
  case writing(Int)
  /// All rows are stored, in the base and in memtables; nothing is written.
  case after
  /// All rows are in the base, under an empty memtable.
  case flushed
  /// The base is searched directly, without memtables, as the reference for the other phases.
  case base
  /// Searches that began while a batch was written that froze a memtable.
  case freezing
  /// Searches that began while memtables were flushed.
  case flushing

  /// The number of parts into which the written rows are divided; each part is measured separately.
  static let tenths = 10

  /// All phases in order.
  ///
  /// - Parameter isSearched: whether there are readers; without readers only the writes are measured.
  static func all(isSearched: Bool) -> [IngestPhase] {
    let writing = (1...tenths).map { IngestPhase.writing($0) }
    return isSearched ? [.before] + writing + [.after, .flushed, .base, .freezing, .flushing] : writing
  }
}

extension IngestPhase: RawRepresentable, Codable {
  private static let idle: [String: IngestPhase] = [
    "before": .before, "after": .after, "flushed": .flushed, "base": .base, "freezing": .freezing,
    "flushing": .flushing,
  ]

  public init?(rawValue: String) {
    if let phase = Self.idle[rawValue] {
      self = phase
    } else if let tenth = Int(rawValue), (1...Self.tenths).contains(tenth) {
      self = .writing(tenth)
    } else {
      return nil
    }
  }

  /// The name of the phase: `before`; for a tenth, its number.
  public var rawValue: String {
    switch self {
    case .before: "before"
    case .writing(let tenth): "\(tenth)"
    case .after: "after"
    case .flushed: "flushed"
    case .base: "base"
    case .freezing: "freezing"
    case .flushing: "flushing"
    }
  }
}
