/// The layout of LMDB 0.9 files on a 64-bit machine; numbers have the byte order of the machine.
///
/// Source: `mdb.c` of LMDB 0.9.24 (`MDB_page`, `MDB_node`, `MDB_db`, `MDB_meta`).
enum PageLayout {
  static let headerBytes = 16
  static let nodeHeaderBytes = 8
  static let magic: UInt32 = 0xBEEF_C0DE
  static let version: UInt32 = 1
  /// The number of meta pages: pages 0 and 1 are the two states of the file, written alternately.
  static let metaPages = 2
  /// The number of bytes that the content of a meta page needs.
  static let metaBytes = 152
  /// The root of an empty tree.
  static let noPage = UInt64.max

  /// The kind of a page; on disk no other flags are set.
  enum Kind: UInt16 {
    case branch = 1
    case leaf = 2
    case overflow = 4
    case meta = 8
  }

  /// The flags of a leaf's node, which tell where its value is.
  enum Place: UInt16 {
    case inNode = 0
    case overflow = 1
    /// The value is the record of a tree.
    case tree = 2
  }
}

/// LMDB's record of a tree (`MDB_db`).
struct TreeRecord {
  static let bytes = 48
  /// In the tree of free pages, the page size.
  let pad: UInt32
  let flags: UInt16
  let depth: Int
  let branches: UInt64
  let leaves: UInt64
  /// The number of pages of large values.
  let largePages: UInt64
  let entries: UInt64
  let root: UInt64

  init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
    pad = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
    flags = bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt16.self)
    depth = Int(bytes.loadUnaligned(fromByteOffset: offset + 6, as: UInt16.self))
    branches = bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)
    leaves = bytes.loadUnaligned(fromByteOffset: offset + 16, as: UInt64.self)
    largePages = bytes.loadUnaligned(fromByteOffset: offset + 24, as: UInt64.self)
    entries = bytes.loadUnaligned(fromByteOffset: offset + 32, as: UInt64.self)
    root = bytes.loadUnaligned(fromByteOffset: offset + 40, as: UInt64.self)
  }
}
