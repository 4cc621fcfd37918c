/// The layout of memtables, and when they are frozen and flushed.
public struct MemTableConfiguration: ParameterSet {
  /// The structure that takes further rows of a partition whose primary segment is full.
  public enum Overflow: String, CaseIterable, Sendable, Codable, CustomStringConvertible {
    /// Further segments with the same layout, each twice as large as the one before.
    case chunks
    /// A skip list ordered by row, with row-major codes that are summed one by one.
    case skipList = "skiplist"

    public var description: String { rawValue }
  }

  public var overflow: Overflow
  /// The size of a primary segment, as a multiple of the even share of `maxRows` per partition.
  public var capacityFactor: Int
  /// The number of rows for which a memtable is laid out.
  public var maxRows: Int
  /// The number of rows at which a memtable is frozen; `nil`: `maxRows`.
  public var freezeRows: Int?
  /// The number of bytes in use at which a memtable is frozen; `nil`: no limit.
  public var freezeBytes: Int?
  /// The number of frozen memtables that may wait for a flush; one more starts the flush of all.
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
        "where further rows of a full partition are stored: chunks of the same layout, or a skip list"),
      .integer("max_rows", \.maxRows, 1...1 << 30, "number of rows for which a memtable is laid out"),
      .integer(
        "capacity_factor", \.capacityFactor, 1...1 << 20,
        "room of a partition before it overflows, as a multiple of its even share of max_rows"),
      .chosenAtZero(
        "freeze_rows", \.freezeRows, 1...1 << 31, "number of rows at which a memtable is frozen; 0: max_rows"),
      .chosenAtZero(
        "freeze_bytes", \.freezeBytes, 1...Int.max, "number of bytes in use at which a memtable is frozen; 0: no limit"),
      .integer(
        "frozen", \.mostFrozen, 0...1024,
        "number of frozen memtables that may wait for a flush; one more starts the flush of all"),
    ]
  }

  /// The number of rows that are assigned and encoded together, so that their data stay in the cache.
  static let batchRows = 8000

  /// The number of rows in a primary segment: min(⌈max_rows / nlist⌉ · factor, max_rows), at least 1.
  func capacity(nlist: Int) -> Int {
    let share = (maxRows + nlist - 1) / nlist
    let (wanted, overflows) = share.multipliedReportingOverflow(by: capacityFactor)
    return max(1, overflows ? maxRows : min(wanted, maxRows))
  }

  /// Reserves address space for everything that a memtable lays out in advance.
  ///
  /// - Throws: `IndexError.invalidParameter` if the system has not that much.
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
