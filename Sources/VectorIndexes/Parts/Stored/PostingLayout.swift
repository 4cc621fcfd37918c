import Foundation
import VectorCore

/// How the rows of a list are divided into the values of a store.
///
/// A list is a sequence of chunks, all full except the last. A chunk of postings has the ids, sequences and codes of
/// its rows, with the codes in the blocks that scans read. The vectors, if they are stored, are in separate chunks.
/// Both kinds have up to 32 KiB: a change of one row rewrites one chunk of each kind, and a scan reads few chunks.
///
///     postings, key list‖chunk    rows: UInt32 | 60 zeros | ids: capacity × UInt64 | sequences: capacity × UInt64
///                                 | blocks: capacity / lanes × blockBytes | zeros
///     vectors,  key list‖chunk    rows × rowBytes | zeros
///
/// If each vector is also encoded in a second list (`spill`), the spilled copies of that list are in chunks of postings
/// with their own list number, `copies(of:)`. These have the place of the vector instead of a sequence.
///
/// `capacity` is the number of rows, rounded up to whole blocks. Keys are big-endian; everything else has the byte
/// order of the machine.
struct PostingLayout {
  /// A value is padded with zeros to the end of its last page. So every value is large, and therefore aligned to 64
  /// bytes.
  private static let pageBytes = max(4096, Int(sysconf(Int32(_SC_PAGESIZE))))
  /// The bytes that LMDB and the store put before a value on its first page.
  private static let pageHeadBytes = 64
  private static let mostBytes = 32 << 10
  private static let mostRows = 512
  fileprivate static let headBytes = 64

  let shape: ProductCodeShape
  let format: RowFormat
  /// The number of rows of a full chunk of postings, a multiple of the lanes of a block.
  let chunkRows: Int
  /// The number of rows of a full chunk of vectors.
  let vectorRows: Int

  init(shape: ProductCodeShape, format: RowFormat) {
    self.shape = shape
    self.format = format
    let room = Self.mostBytes - Self.pageHeadBytes
    let blockBytes = shape.blockBytes + shape.lanes * 2 * MemoryLayout<UInt64>.stride
    chunkRows = max(1, min((room - Self.headBytes) / blockBytes, Self.mostRows / shape.lanes)) * shape.lanes
    vectorRows = max(1, room / max(format.rowBytes, 1))
  }

  var keepsVectors: Bool { format.encoding != .absent }

  private static let copyMark: UInt32 = 1 << 31

  /// The list number under which the spilled copies of a list are stored.
  static func copies(of list: UInt32) -> UInt32 { list | copyMark }

  /// Whether vectors are stored beside the codes of this list; never beside those of spilled copies.
  func keepsVectors(of list: UInt32) -> Bool { keepsVectors && list & Self.copyMark == 0 }

  func capacity(rows: Int) -> Int { (rows + shape.lanes - 1) / shape.lanes * shape.lanes }

  /// The number of bytes of a chunk of postings.
  func postingBytes(rows: Int) -> Int {
    let capacity = capacity(rows: rows)
    return Self.padded(
      Self.headBytes + capacity * 2 * MemoryLayout<UInt64>.stride + capacity / shape.lanes * shape.blockBytes)
  }

  /// The number of bytes of a chunk of vectors.
  func vectorBytes(rows: Int) -> Int { Self.padded(rows * format.rowBytes) }

  private static func padded(_ bytes: Int) -> Int {
    (bytes + pageHeadBytes + pageBytes - 1) / pageBytes * pageBytes - pageHeadBytes
  }

  /// The key of a chunk.
  static func key(_ list: UInt32, chunk: Int) -> [UInt8] { key(list) + key(UInt32(chunk)) }

  /// The prefix of the keys of a list's chunks.
  static func key(_ list: UInt32) -> [UInt8] { withUnsafeBytes(of: list.bigEndian) { Array($0) } }

  /// The number of the chunk with this key; `nil` for an invalid key.
  static func chunk(ofKey key: UnsafeRawBufferPointer) -> Int? {
    key.count == 8 ? Int(UInt32(bigEndian: key.loadUnaligned(fromByteOffset: 4, as: UInt32.self))) : nil
  }

  /// The key of a vector's id.
  static func key(ofID id: UInt64) -> [UInt8] { withUnsafeBytes(of: id.bigEndian) { Array($0) } }

  /// The id of a key; `nil` for an invalid key.
  static func id(ofKey key: UnsafeRawBufferPointer) -> UInt64? {
    key.count == 8 ? UInt64(bigEndian: key.loadUnaligned(as: UInt64.self)) : nil
  }
}

/// A chunk of postings in the memory of the store.
struct PostingChunk {
  let rows: Int
  let ids: UnsafeMutablePointer<UInt64>
  let sequences: UnsafeMutablePointer<UInt64>
  let cells: ProductCodeCells

  /// In a chunk of spilled copies: the places of the vectors, stored instead of the sequences.
  var origins: UnsafeMutablePointer<RowPlace> {
    UnsafeMutableRawPointer(sequences).assumingMemoryBound(to: RowPlace.self)
  }

  /// The chunk with this many rows at an address.
  init(_ base: UnsafeMutableRawPointer, rows: Int, layout: PostingLayout) {
    self.rows = rows
    let capacity = layout.capacity(rows: rows)
    ids = (base + PostingLayout.headBytes).assumingMemoryBound(to: UInt64.self)
    sequences = ids + capacity
    cells = ProductCodeCells(shape: layout.shape, base: UnsafeMutableRawPointer(sequences + capacity))
  }

  /// A stored chunk, for reading only; `nil` for invalid bytes.
  init?(stored bytes: UnsafeRawBufferPointer, layout: PostingLayout) {
    guard bytes.count >= PostingLayout.headBytes, let base = bytes.baseAddress else { return nil }
    let rows = Int(bytes.loadUnaligned(as: UInt32.self))
    guard 1...layout.chunkRows ~= rows, bytes.count >= layout.postingBytes(rows: rows) else { return nil }
    self.init(UnsafeMutableRawPointer(mutating: base), rows: rows, layout: layout)
  }

  /// Makes a chunk in new memory, with the first rows copied from an old chunk if there is one.
  init(filling bytes: UnsafeMutableRawBufferPointer, rows: Int, from old: PostingChunk?, layout: PostingLayout) {
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
    bytes.storeBytes(of: UInt32(rows), as: UInt32.self)
    self.init(bytes.baseAddress!, rows: rows, layout: layout)
    guard let old else { return }
    let kept = min(rows, old.rows)
    ids.update(from: old.ids, count: kept)
    sequences.update(from: old.sequences, count: kept)
    let blocks = layout.capacity(rows: kept) / layout.shape.lanes
    cells.base.copyMemory(from: old.cells.base, byteCount: blocks * layout.shape.blockBytes)
  }
}
