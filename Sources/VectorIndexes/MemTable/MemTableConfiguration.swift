/// How memtables are laid out, and when they are frozen and flushed.
public struct MemTableConfiguration: ParameterSet {
  /// What takes the rows of a partition whose pre-allocated part is full.
  public enum Overflow: String, CaseIterable, Sendable, Codable, CustomStringConvertible {
    /// Further segments of the same layout, each twice as large as the one before.
    case chunks
    /// A list ordered by row, whose codes are row-major and summed one by one.
    case skipList = "skiplist"

    public var description: String { rawValue }
  }

  public var overflow: Overflow
  /// How many times its even share of `maxRows` a partition has room for before it overflows.
  public var capacityFactor: Int
  /// Rows that a memtable is laid out for.
  public var maxRows: Int
  /// Rows at which a memtable is frozen; `nil`: `maxRows`.
  public var freezeRows: Int?
  /// Bytes in use at which a memtable is frozen; `nil`: any number.
  public var freezeBytes: Int?
  /// Frozen memtables that wait for their flush; with one more, all are flushed.
  public var mostFrozen: Int

  public init(
    overflow: Overflow = .chunks, capacityFactor: Int = 8, maxRows: Int = 100_000, freezeRows: Int? = nil,
    freezeBytes: Int? = nil, mostFrozen: Int = 4
  ) {
    self.overflow = overflow
    self.capacityFactor = capacityFactor
    self.maxRows = maxRows
    self.freezeRows = freezeRows
    self.freezeBytes = freezeBytes
    self.mostFrozen = mostFrozen
  }

  public static var standard: MemTableConfiguration { MemTableConfiguration() }

  public static var fields: [ParameterField<MemTableConfiguration>] {
    [
      .choice(
        "overflow", \.overflow,
        "where rows go whose partition of a memtable is full: chunks of the same layout, or a skip list"),
      .integer("max_rows", \.maxRows, 1...1 << 30, "rows that a memtable is laid out for"),
      .integer(
        "capacity_factor", \.capacityFactor, 1...1 << 20,
        "how many times its even share of max_rows a partition has room for"),
      .chosenAtZero("freeze_rows", \.freezeRows, 1...1 << 31, "rows at which a memtable is frozen; 0: max_rows"),
      .chosenAtZero(
        "freeze_bytes", \.freezeBytes, 1...Int.max, "bytes in use at which a memtable is frozen; 0: any number"),
      .integer(
        "frozen", \.mostFrozen, 0...1024,
        "frozen memtables that are searched as they are; with one more, all go into the base"),
    ]
  }

  /// Rows whose lists and codes are found together, so that what belongs to them stays in the cache.
  static let batchRows = 8000

  /// Rows that a partition has room for: min(⌈max_rows / nlist⌉ · factor, max_rows), at least 1.
  func capacity(nlist: Int) -> Int {
    let share = (maxRows + nlist - 1) / nlist
    let (wanted, overflows) = share.multipliedReportingOverflow(by: capacityFactor)
    return max(1, overflows ? maxRows : min(wanted, maxRows))
  }

  /// Address space for all that a memtable lays out beforehand.
  ///
  /// - Throws: `IndexError.invalidParameter` for more than the system has.
  func reserve(for layout: MemTableLayout, nlist: Int) throws(IndexError) -> Arena {
    let rows = capacity(nlist: nlist)
    let listBytes = layout.segmentBytes(rows: rows)?.addingReportingOverflow(Arena.rounded(MemTableSkipList.headBytes))
    var arena = Arena()
    guard let listBytes, !listBytes.overflow,
      case (let bytes, let overflows) = listBytes.partialValue.multipliedReportingOverflow(by: nlist), !overflows,
      arena.reserve(byteCount: bytes)
    else {
      throw .invalidParameter(
        name: "max_rows", value: String(maxRows),
        expected: "fewer rows or a smaller capacity_factor than \(capacityFactor): the system has no address space for "
          + "a memtable of \(nlist) lists with room for \(rows) rows each")
    }
    return arena
  }
}
