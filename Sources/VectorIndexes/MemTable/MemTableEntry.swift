import Synchronization

/// What a memtable knows of one row, beside its code and its vector: one version of one id.
///
/// All but the end is written before the row is published, and never again.
struct MemTableEntry: ~Copyable {
  /// The end of a version that is the newest.
  static let never = UInt64.max

  let id: UInt64
  let row: UInt64
  /// The row that replaced or removed this version.
  let end = Atomic<UInt64>(never)
  /// Kept alive by the memtable; nil for a row without metadata.
  let metadata: Unmanaged<MetadataBox>?

  /// Whether a search that sees the rows below `limit`, this one among them, sees no newer version.
  func isNewest(below limit: UInt64) -> Bool { end.load(ordering: .relaxed) >= limit }
}

/// The metadata of one row, which readers share.
final class MetadataBox: Sendable {
  let metadata: Metadata

  init(_ metadata: Metadata) { self.metadata = metadata }
}

/// How a memtable lays out its rows.
struct MemTableLayout: Sendable {
  let shape: ProductCodeShape
  /// How vectors are kept: as the lists of the base keep them.
  let format: RowFormat

  init(shape: ProductCodeShape, format: RowFormat) {
    self.shape = shape
    self.format = format
  }

  /// As an index of these settings lays out its own.
  init(_ settings: IVFPQSettings, dimension: Int) {
    self.init(shape: settings.shape, format: settings.rowFormat(dimension: dimension))
  }

  /// Bytes of the codes of so many rows, in whole blocks.
  func blockBytes(rows: Int) -> Int { (rows + shape.lanes - 1) / shape.lanes * shape.blockBytes }

  /// Bytes of a row: its share of a block, its entry and its vector.
  var rowBytes: Int {
    shape.blockBytes / shape.lanes + MemoryLayout<MemTableEntry>.stride + format.rowBytes
  }

  /// Bytes that a segment takes of an arena; nil for more than can be counted.
  func segmentBytes(rows: Int) -> Int? {
    let blocks = ((rows + shape.lanes - 1) / shape.lanes).multipliedReportingOverflow(by: shape.blockBytes)
    let parts = [
      blocks, rows.multipliedReportingOverflow(by: MemoryLayout<MemTableEntry>.stride),
      rows.multipliedReportingOverflow(by: format.rowBytes),
    ]
    var sum = 0
    for (bytes, overflows) in parts {
      guard !overflows, bytes <= Int.max / 4 else { return nil }
      let (next, isTooMuch) = sum.addingReportingOverflow(Arena.rounded(bytes))
      guard !isTooMuch else { return nil }
      sum = next
    }
    return sum
  }
}
