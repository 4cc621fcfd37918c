import Foundation
import VectorCore

/// How the rows of a list are cut into the values of a store.
///
/// A list is a sequence of chunks, all of them full but the last. A chunk of postings has the rows' ids, sequences and
/// codes, these in the very blocks that scans read; the vectors themselves, where they are kept, stand in chunks of
/// their own. Both have up to 32 KiB: a change of one row rewrites one of each, a scan has few to go through.
///
///     postings, key list‖chunk    rows: UInt32 | 60 zeros | ids: capacity × UInt64 | sequences: capacity × UInt64
///                                 | blocks: capacity / lanes × blockBytes | zeros
///     vectors,  key list‖chunk    rows × rowBytes | zeros
///
/// Where each vector is coded in a second list too (`spill`), that list has its spilled copies in chunks of postings under a
/// number of their own, `copies(of:)`; in place of a sequence stands where the vector is.
///
/// `capacity` is the number of rows, rounded up to whole blocks. Keys are big-endian, all else is as the machine has it.
struct PostingLayout {
  /// Zeros fill a value up to the end of its last page. So no value is short, and all are aligned to 64 bytes.
  private static let pageBytes = max(4096, Int(sysconf(Int32(_SC_PAGESIZE))))
  /// What LMDB and the store put on the first page before a value.
  private static let pageHeadBytes = 64
  private static let mostBytes = 32 << 10
  private static let mostRows = 512
  fileprivate static let headBytes = 64

  let shape: ProductCodeShape
  let format: RowFormat
  /// Rows of a full chunk of postings, a multiple of the lanes of a block.
  let chunkRows: Int
  /// Rows of a full chunk of vectors.
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

  /// The number under which the spilled copies of a list are stored.
  static func copies(of list: UInt32) -> UInt32 { list | copyMark }

  /// Whether vectors are kept beside the codes of this list: not beside those of spilled copies.
  func keepsVectors(of list: UInt32) -> Bool { keepsVectors && list & Self.copyMark == 0 }

  func capacity(rows: Int) -> Int { (rows + shape.lanes - 1) / shape.lanes * shape.lanes }

  /// Bytes of a chunk of postings.
  func postingBytes(rows: Int) -> Int {
    let capacity = capacity(rows: rows)
    return Self.padded(
      Self.headBytes + capacity * 2 * MemoryLayout<UInt64>.stride + capacity / shape.lanes * shape.blockBytes)
  }

  /// Bytes of a chunk of vectors.
  func vectorBytes(rows: Int) -> Int { Self.padded(rows * format.rowBytes) }

  private static func padded(_ bytes: Int) -> Int {
    (bytes + pageHeadBytes + pageBytes - 1) / pageBytes * pageBytes - pageHeadBytes
  }

  /// The key of a chunk.
  static func key(_ list: UInt32, chunk: Int) -> [UInt8] { key(list) + key(UInt32(chunk)) }

  /// What the keys of a list's chunks begin with.
  static func key(_ list: UInt32) -> [UInt8] { withUnsafeBytes(of: list.bigEndian) { Array($0) } }

  /// The number of the chunk with this key; nil for what is no key.
  static func chunk(ofKey key: UnsafeRawBufferPointer) -> Int? {
    key.count == 8 ? Int(UInt32(bigEndian: key.loadUnaligned(fromByteOffset: 4, as: UInt32.self))) : nil
  }

  /// The key of a vector's id in a table.
  static func key(ofID id: UInt64) -> [UInt8] { withUnsafeBytes(of: id.bigEndian) { Array($0) } }

  /// The id of a key; nil for what is no key.
  static func id(ofKey key: UnsafeRawBufferPointer) -> UInt64? {
    key.count == 8 ? UInt64(bigEndian: key.loadUnaligned(as: UInt64.self)) : nil
  }
}

/// A chunk of postings where it lies.
struct PostingChunk {
  let rows: Int
  let ids: UnsafeMutablePointer<UInt64>
  let sequences: UnsafeMutablePointer<UInt64>
  let cells: ProductCodeCells

  /// In a chunk of spilled copies where the vectors are, in the place of the sequences.
  var origins: UnsafeMutablePointer<RowPlace> {
    UnsafeMutableRawPointer(sequences).assumingMemoryBound(to: RowPlace.self)
  }

  /// The chunk of this many rows at an address.
  init(_ base: UnsafeMutableRawPointer, rows: Int, layout: PostingLayout) {
    self.rows = rows
    let capacity = layout.capacity(rows: rows)
    ids = (base + PostingLayout.headBytes).assumingMemoryBound(to: UInt64.self)
    sequences = ids + capacity
    cells = ProductCodeCells(shape: layout.shape, base: UnsafeMutableRawPointer(sequences + capacity))
  }

  /// A chunk as it is stored, which nobody writes to; nil for bytes that are none.
  init?(stored bytes: UnsafeRawBufferPointer, layout: PostingLayout) {
    guard bytes.count >= PostingLayout.headBytes, let base = bytes.baseAddress else { return nil }
    let rows = Int(bytes.loadUnaligned(as: UInt32.self))
    guard 1...layout.chunkRows ~= rows, bytes.count >= layout.postingBytes(rows: rows) else { return nil }
    self.init(UnsafeMutableRawPointer(mutating: base), rows: rows, layout: layout)
  }

  /// Makes a chunk in fresh memory, with the first rows of another where there is one.
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
