/// How an `ingest` writes and reads.
public struct IngestOptions: Sendable, Hashable, Codable {
  /// Threads that search, each its next query when it has the answer to the last.
  public var readers = 1
  /// Vectors a second that are to be written; 0: each batch as soon as the last one is done.
  public var rate = 0
  /// Vectors of a batch.
  public var batchRows = 1000
  /// Rows that are in the base before anything is measured; `nil`: half of the dataset.
  public var baseRows: Int?
  /// How long each phase lasts in which nothing is written.
  public var idleSeconds = 2.0

  public init() {}
}

extension IngestOptions {
  /// What the options may be.
  public static let readersRange = 0...1_024
  public static let rateRange = 0...1_000_000_000
  public static let batchRowsRange = 1...1_000_000
  public static let baseRowsRange = 1...Int(Int32.max)
}

/// A phase of an `ingest`: a time, or all times of some kind.
public enum IngestPhase: Sendable, Hashable {
  /// The base alone is searched; nothing is written.
  case before
  /// The tenth of the rows with this number, from 1, is written.
  case writing(Int)
  /// All rows are there, in the base and in memtables; nothing is written.
  case after
  /// All rows are in the base, under an empty memtable.
  case flushed
  /// The base is searched by itself, without memtables: what the others are compared with.
  case base
  /// Searches that began while a batch was written that froze a memtable.
  case freezing
  /// Searches that began while memtables were flushed.
  case flushing

  /// The parts of the rows that are measured each by itself.
  static let tenths = 10

  /// All phases in their order.
  ///
  /// - Parameter isSearched: whether there are readers; without them only what is written is measured.
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

  /// `before`; of a tenth its number.
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
