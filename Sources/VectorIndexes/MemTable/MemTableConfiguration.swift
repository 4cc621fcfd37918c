/// How memtables are laid out, and when they are frozen and flushed.
public struct MemTableConfiguration: Sendable, Equatable {
  /// What takes the rows of a partition whose pre-allocated part is full.
  public enum Overflow: String, CaseIterable, Sendable {
    /// Further segments of the same layout, each twice as large as the one before.
    case chunks
    /// A list ordered by row, whose codes are row-major and summed one by one.
    case skipList = "skiplist"
  }

  public var overflow: Overflow
  /// How many times its even share of `maxRows` a partition has room for before it overflows.
  public var capacityFactor: Int
  /// Rows that a memtable is laid out for.
  public var maxRows: Int
  /// Rows at which a memtable is frozen.
  public var freezeRows: Int
  /// Bytes in use at which a memtable is frozen.
  public var freezeBytes: Int
  /// Frozen memtables that wait for their flush; with one more, all are flushed.
  public var mostFrozen: Int

  public init(
    overflow: Overflow = .chunks, capacityFactor: Int = 8, maxRows: Int = 100_000, freezeRows: Int? = nil,
    freezeBytes: Int = .max, mostFrozen: Int = 4
  ) {
    self.overflow = overflow
    self.capacityFactor = capacityFactor
    self.maxRows = maxRows
    self.freezeRows = freezeRows ?? maxRows
    self.freezeBytes = freezeBytes
    self.mostFrozen = mostFrozen
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

  /// Refuses values that no memtable can have; parameters as typed were checked when they were read.
  ///
  /// - Throws: `IndexError.invalidParameter`.
  func check() throws(IndexError) {
    func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws(IndexError) {
      guard !range.contains(value) else { return }
      throw .invalidParameter(
        name: name, value: String(value), expected: "an integer, \(range.lowerBound)…\(range.upperBound)")
    }
    try check("max_rows", maxRows, Self.maxRowsRange)
    try check("capacity_factor", capacityFactor, Self.capacityFactorRange)
    try check("freeze_rows", freezeRows, 1...Int.max)
    try check("freeze_bytes", freezeBytes, 1...Int.max)
    try check("frozen", mostFrozen, Self.mostFrozenRange)
  }

  private static let maxRowsRange = 1...1 << 30
  private static let capacityFactorRange = 1...1 << 20
  private static let mostFrozenRange = 0...1024

  static let declarations = [
    ParameterDeclaration(
      "overflow", .choice(Overflow.allCases.map(\.rawValue)), default: .choice(Overflow.chunks.rawValue),
      "where rows go whose partition of a memtable is full: chunks of the same layout, or a skip list"),
    ParameterDeclaration(
      "max_rows", .integer(maxRowsRange), default: .integer(100_000), "rows that a memtable is laid out for"),
    ParameterDeclaration(
      "capacity_factor", .integer(capacityFactorRange), default: .integer(8),
      "how many times its even share of max_rows a partition has room for"),
    ParameterDeclaration(
      "freeze_rows", .integer(0...1 << 31), default: .integer(0), "rows at which a memtable is frozen; 0: max_rows"),
    ParameterDeclaration(
      "freeze_bytes", .integer(0...Int.max), default: .integer(0),
      "bytes in use at which a memtable is frozen; 0: any number"),
    ParameterDeclaration(
      "frozen", .integer(mostFrozenRange), default: .integer(4),
      "frozen memtables that are searched as they are; with one more, all go into the base"),
  ]

  /// What these parameters, of a `memtable`, ask for.
  public init(_ parameters: Parameters) {
    let (freezeRows, freezeBytes) = (parameters.integer("freeze_rows"), parameters.integer("freeze_bytes"))
    self.init(
      overflow: Overflow(rawValue: parameters.choice("overflow")) ?? .chunks,
      capacityFactor: parameters.integer("capacity_factor"), maxRows: parameters.integer("max_rows"),
      freezeRows: freezeRows > 0 ? freezeRows : nil, freezeBytes: freezeBytes > 0 ? freezeBytes : .max,
      mostFrozen: parameters.integer("frozen"))
  }
}
