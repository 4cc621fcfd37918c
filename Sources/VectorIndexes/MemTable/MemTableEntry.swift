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

  /// Bytes of the codes of so many rows, in whole blocks.
  func blockBytes(rows: Int) -> Int { (rows + shape.lanes - 1) / shape.lanes * shape.blockBytes }

  /// Bytes of a row: its share of a block, its entry and its vector.
  var rowBytes: Int {
    shape.blockBytes / shape.lanes + MemoryLayout<MemTableEntry>.stride + format.rowBytes
  }
}
