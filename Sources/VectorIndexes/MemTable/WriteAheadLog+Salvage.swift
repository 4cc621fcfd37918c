extension WriteAheadLog {
  /// Keeps all valid records of a damaged log, so that it can be opened again, and reports what was skipped.
  ///
  /// Lost rows keep their numbers: a base that does not have them continues after them, without their insertions and
  /// removals. Missing rows that no damaged bytes explain stay missing: opening the log over a base without them still
  /// fails. The damaged file is kept at `path` with the suffix `.damaged`.
  ///
  /// - Parameter base: the base of the log.
  /// - Throws: `WriteAheadLogError.otherBase` for the log of another base; `.notALog` for a file without a valid header
  ///   or record; other cases for a file that cannot be used, or if there already is a file `path.damaged`. The log is
  ///   then unchanged.
  /// - Complexity: as `open`.
  @discardableResult
  public static func salvage(_ path: String, over base: IVFPQIndex) throws(WriteAheadLogError) -> SalvagedLog {
    try salvage(path, over: LoggedBase(base))
  }

  @discardableResult
  static func salvage(_ path: String, over base: LoggedBase) throws(WriteAheadLogError) -> SalvagedLog {
    let file = try LogFile.open(path)
    var scanner = try LogScanner(file, path: path, dimension: base.dimension)
    let header = try header(of: scanner, over: base)
    if header == .none { return SalvagedLog(keptRecords: 0, damages: [], originalPath: nil) }
    let salvage = try Salvage(&scanner, over: base, hasHeader: header == .valid)
    guard header == .valid || salvage.keptRecords > 0 else { throw .notALog(path: path) }
    guard !salvage.damages.isEmpty else {
      return SalvagedLog(keptRecords: salvage.keptRecords, damages: [], originalPath: nil)
    }
    let originalPath = path + ".damaged"
    try file.replaceContents(by: salvage.parts, keepingOldAt: originalPath)
    try file.flushName()
    return SalvagedLog(keptRecords: salvage.keptRecords, damages: salvage.damages, originalPath: originalPath)
  }
}

/// One pass over a damaged log.
private struct Salvage {
  private(set) var parts: [LogFile.Part]
  private(set) var damages: [SalvagedLog.Damage] = []
  private(set) var keptRecords = 0
  /// The number of the row after all records so far; `nil` before the first record.
  private var endRow: UInt64?

  init(_ scanner: inout LogScanner, over base: LoggedBase, hasHeader: Bool) throws(WriteAheadLogError) {
    parts = [.bytes(WriteAheadLog.makeHeader(base))]
    var next = hasHeader ? Int64(WriteAheadLog.headerBytes) : 0
    while next < scanner.end {
      if next > 0, let record = try scanner.record(at: next) {
        keep(record)
        next = record.bytes.upperBound
      } else {
        let found = try scanner.firstRecord(from: next + 1)
        skip(next..<(found?.bytes.lowerBound ?? scanner.end), before: found, dimension: scanner.dimension)
        next = found?.bytes.lowerBound ?? scanner.end
      }
    }
  }

  private mutating func keep(_ record: LogScanner.Record) {
    keptRecords += 1
    endRow = max(endRow ?? 0, record.rows.upperBound)
    if case .copy(let before) = parts.last, before.upperBound == record.bytes.lowerBound {
      parts[parts.count - 1] = .copy(before.lowerBound..<record.bytes.upperBound)
    } else {
      parts.append(.copy(record.bytes))
    }
  }

  private mutating func skip(_ bytes: Range<Int64>, before record: LogScanner.Record?, dimension: Int) {
    var rows: Range<UInt64>?
    if let first = record?.rows.lowerBound {
      let isHeader = bytes.lowerBound == 0
      let lost = most(of: bytes.count - (isHeader ? WriteAheadLog.headerBytes : 0), dimension: dimension)
      let start = max(endRow ?? 0, first - min(first, lost))
      rows = min(start, first)..<first
      if let rows, !rows.isEmpty {
        var part: [UInt8] = []
        let write = LogRecord.Write.lost(rows: UInt32(rows.count))
        WriteAheadLog.encode(LogRecord(firstRow: rows.lowerBound, write: write), into: &part)
        parts.append(.bytes(part))
      }
    }
    damages.append(
      SalvagedLog.Damage(
        bytes: Int(bytes.lowerBound)..<Int(bytes.upperBound), recordsBefore: keptRecords, rows: rows))
  }

  /// The greatest number of rows that this many bytes can contain.
  private func most(of bytes: Int, dimension: Int) -> UInt64 {
    let least = min(LogScanner.frameBytes + 17, 8 + 4 * dimension)
    return UInt64(min(max(0, bytes) / least, Int(UInt32.max)))
  }
}
