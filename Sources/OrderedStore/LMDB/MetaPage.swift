/// A meta page, which describes one state of the file (`MDB_meta`).
struct MetaPage {
  /// The flags that LMDB may set for the tree of free pages: integer keys, and the environment's `MDB_NOSUBDIR`.
  private static let (integerKeys, noFolder): (UInt16, UInt16) = (0x08, 0x4000)

  let pageSize: Int
  let free: TreeRecord
  let main: TreeRecord
  let lastPage: UInt64
  /// The number of the transaction that wrote it.
  let transaction: UInt64

  /// Reads meta page `number`, which begins at `offset`.
  ///
  /// - Throws: `notLMDB`, `otherLMDBVersion`, `truncated`, `corrupted`.
  init(_ bytes: UnsafeRawBufferPointer, number: Int, at offset: Int) throws(StoreError.Reason) {
    guard bytes.count >= offset + PageLayout.metaBytes else {
      throw .truncated(bytes: bytes.count, needed: offset + PageLayout.metaBytes)
    }
    let content = offset + PageLayout.headerBytes
    let magic = bytes.loadUnaligned(fromByteOffset: content, as: UInt32.self)
    guard magic == PageLayout.magic else { throw number == 0 ? .notLMDB : .corrupted("meta page 1 has no magic") }
    guard bytes.loadUnaligned(fromByteOffset: content + 4, as: UInt32.self) == PageLayout.version else {
      throw .otherLMDBVersion
    }
    free = TreeRecord(bytes, at: content + 24)
    main = TreeRecord(bytes, at: content + 24 + TreeRecord.bytes)
    lastPage = bytes.loadUnaligned(fromByteOffset: content + 120, as: UInt64.self)
    transaction = bytes.loadUnaligned(fromByteOffset: content + 128, as: UInt64.self)
    pageSize = Int(free.pad)
    let header = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    let flags = bytes.loadUnaligned(fromByteOffset: offset + 10, as: UInt16.self)
    guard header == UInt64(number), flags == PageLayout.Kind.meta.rawValue,
      (512...32_768).contains(pageSize), pageSize & (pageSize - 1) == 0,
      free.flags & ~Self.noFolder == Self.integerKeys, main.flags == 0,
      lastPage >= 1, lastPage < UInt64.max / 65_536
    else { throw .corrupted("meta page \(number) contradicts itself") }
  }
}

extension MetaPage {
  /// Whether a file begins with LMDB's mark.
  static func isFirst(in file: UnsafeRawBufferPointer) -> Bool {
    file.count >= PageLayout.headerBytes + 4
      && file.loadUnaligned(fromByteOffset: PageLayout.headerBytes, as: UInt32.self) == PageLayout.magic
  }

  /// The later of the two states of a file.
  ///
  /// - Throws: `notLMDB`, `otherLMDBVersion`, `truncated`, `corrupted`.
  static func newest(of file: UnsafeRawBufferPointer) throws(StoreError.Reason) -> MetaPage {
    let first = try MetaPage(file, number: 0, at: 0)
    let second = try MetaPage(file, number: 1, at: first.pageSize)
    // Transactions write the two pages alternately: even ones page 0, odd ones page 1.
    let (even, odd) = (first.transaction, second.transaction)
    let areNeighbours = even & 1 == 0 && odd & 1 == 1 && (odd == even + 1 || odd + 1 == even)
    guard first.pageSize == second.pageSize, areNeighbours || (even == 0 && odd == 0) else {
      throw .corrupted("the meta pages contradict each other")
    }
    try first.checkTransaction(file)
    try second.checkTransaction(file)
    return even > odd ? first : second
  }

  /// Compares the number of the transaction with what it wrote. A changed number could make the older state look newer.
  ///
  /// From the second one on, every transaction frees pages and records them under its number, the highest in the tree
  /// of free pages. The pages of the older state are not reused before the transaction after the next.
  ///
  /// - Throws: `truncated`, `corrupted`.
  private func checkTransaction(_ file: UnsafeRawBufferPointer) throws(StoreError.Reason) {
    guard transaction > 1 else { return }
    var number = free.root
    for level in (0..<free.depth).reversed() {
      guard number < UInt64(file.count / pageSize) else {
        throw number <= lastPage
          ? .truncated(bytes: file.count, needed: (Int(number) + 1) * pageSize)
          : .corrupted("there is no page \(number)")
      }
      let page = UnsafeRawBufferPointer(rebasing: file[Int(number) * pageSize..<(Int(number) + 1) * pageSize])
      let nodes = try PageNodes(page, isLeaf: level == 0, number: number)
      let last = nodes.count - 1
      if level > 0 {
        number = nodes.child(last)
      } else if nodes.key(last).count == 8, nodes.key(last).loadUnaligned(as: UInt64.self) == transaction {
        return
      }
    }
    throw .corrupted("transaction \(transaction) has not written its meta page")
  }
}
