import Synchronization

/// The entry of one row in a memtable, beside its code and vector: one version of one id.
///
/// All fields except `end` are written before the row is published, and never change afterwards.
struct MemTableEntry: ~Copyable {
  /// The value of `end` for the newest version.
  static let never = UInt64.max

  let id: UInt64
  let row: UInt64
  /// The number of the row that replaced or removed this version.
  let end = Atomic<UInt64>(never)
  /// The metadata, kept alive by the memtable; `nil` if the row has none.
  let metadata: Unmanaged<MetadataBox>?

  /// Whether this is the newest version for a search that sees the rows below `limit`, this row among them.
  func isNewest(below limit: UInt64) -> Bool { end.load(ordering: .relaxed) >= limit }
}

/// The metadata of one row, which readers share.
final class MetadataBox: Sendable {
  let metadata: Metadata

  init(_ metadata: Metadata) { self.metadata = metadata }
}

/// The layout of rows in a memtable.
struct MemTableLayout: Sendable {
  let shape: ProductCodeShape
  /// The format of stored vectors, which is that of the base.
  let format: RowFormat

  init(shape: ProductCodeShape, format: RowFormat) {
    self.shape = shape
    self.format = format
  }

  /// The layout for a base index with these settings.
  init(_ settings: IVFPQSettings, dimension: Int) {
    self.init(shape: settings.shape, format: settings.rowFormat(dimension: dimension))
  }

  /// Bytes of the codes of this many rows, in whole blocks.
  func blockBytes(rows: Int) -> Int { (rows + shape.lanes - 1) / shape.lanes * shape.blockBytes }

  /// Bytes of one row: its share of a block, its entry and its vector.
  var rowBytes: Int {
    shape.blockBytes / shape.lanes + MemoryLayout<MemTableEntry>.stride + format.rowBytes
  }

  /// Bytes that a segment takes in an arena; `nil` if the number overflows.
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
