import VectorSearch

extension WriteAheadLog {
  /// What is in a log; `nil` for a file that does not begin as one.
  ///
  /// Figures: `records`, `rows` that they take, `removals` of ids that the log does not insert again, `lost_rows` as
  /// `salvage` has noted them, and `unfinished_bytes` behind the last record, which opening the log for writing cuts off.
  /// `count` is the number of vectors that stay when all records are done again: what a flush would write.
  ///
  /// - Throws: `WriteAheadLogError.inUse`, `.damaged`, `.notALog` for a log of another version, or what the system says.
  /// - Complexity: O(bytes).
  static func inspect(_ path: String) throws(WriteAheadLogError) -> IndexInspection? {
    let file = try LogFile.open(reading: path)
    let start = try file.read(headerBytes, at: 0)
    guard isLog(start) else { return nil }
    guard let base = base(ofHeader: start) else { throw .notALog(path: path) }
    var scanner = try LogScanner(file, path: path, dimension: base.dimension)
    var contents = LogContents()
    var next = Int64(headerBytes)
    while let payload = try scanner.payload(at: next) {
      guard let record = LogRecord(decoding: payload, dimension: base.dimension) else { throw .notALog(path: path) }
      contents.add(record)
      next += Int64(LogScanner.frameBytes + payload.count)
    }
    try scanner.checkTail(at: next, records: contents.records)
    var inspection = IndexInspection(
      kind: MemTableIndex.declaration.kind, dimension: base.dimension, metric: nil, count: contents.inserted.count,
      diskBytes: Int(scanner.end), figures: contents.figures)
    inspection.formatVersion = Int(version)
    inspection.removed = contents.replaced
    inspection.figures["unfinished_bytes"] = Double(scanner.end - next)
    return inspection
  }
}

/// What the records of a log come to.
private struct LogContents {
  private(set) var records = 0
  /// Ids whose last write is an insertion.
  private(set) var inserted: Set<UInt64> = []
  /// Insertions that a later write of the log has replaced or removed.
  private(set) var replaced = 0
  private var removed: Set<UInt64> = []
  private var rows = 0
  private var lost = 0

  mutating func add(_ record: LogRecord) {
    records += 1
    rows += record.rows.count
    switch record.write {
    case .insert(let ids, _, _):
      for id in ids {
        removed.remove(id)
        if !inserted.insert(id).inserted { replaced += 1 }
      }
    case .remove(let id):
      removed.insert(id)
      if inserted.remove(id) != nil { replaced += 1 }
    case .lost(let rows): lost += Int(rows)
    }
  }

  var figures: [String: Double] {
    [
      "records": Double(records), "rows": Double(rows), "removals": Double(removed.count), "lost_rows": Double(lost),
    ]
  }
}
