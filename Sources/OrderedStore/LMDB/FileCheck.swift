/// Reads a file as LMDB would, and refuses it before LMDB sees it where that would crash or answer wrongly.
///
/// LMDB believes what it maps: an altered page number or offset makes it read outside of the file. Here every page of
/// every tree is visited once: its header, the tiling of its nodes, the order of its keys, the sums that the tree's record
/// states, the digest of a table's keys, the checksums of values inside of leaves; and no page may be used twice or be
/// listed as free. The pages of large values are not read, which would be most of the file, but for the headers that
/// LMDB believes when it changes them.
struct FileCheck {
  /// The state of the file that is the later one.
  private let meta: MetaPage
  private let forWriting: Bool
  var pages: PageUse
  /// The tree that is being visited, so far.
  var tree = TreeSums()
  /// The tables, by name, and whether there is something else among them.
  var tables: [String: TreeRecord] = [:]
  var hasOtherEntries = false
  /// The digests of the tables' keys as the store's own table has them.
  var recordedDigests: [String: UInt64] = [:]

  /// Whether the headers of large values are read.
  var readsLargeValues: Bool { forWriting }
  var lastTransaction: UInt64 { meta.transaction }

  private static let readings = 5

  /// Checks the meta pages, which LMDB reads when it opens a file; an empty file passes when it is opened for writing,
  /// which is how a store begins.
  ///
  /// - Throws: `notLMDB`, `otherLMDBVersion`, `truncated`, `corrupted`, `unfinished`.
  static func checkHead(of file: DataFile, forWriting: Bool) throws(StoreError.Reason) {
    guard file.size > 0 else {
      if forWriting { return }
      throw .unfinished
    }
    try read(file) { (bytes) throws(StoreError.Reason) in _ = try MetaPage.newest(of: bytes) }
  }

  /// Checks an open file. Meanwhile a read transaction has to keep the pages of the newest state from being used again.
  ///
  /// - Throws: `notAStore`, `truncated`, `corrupted`.
  /// - Complexity: O(keys + bytes of small values).
  static func check(_ file: DataFile, forWriting: Bool) throws(StoreError.Reason) {
    try read(file) { (bytes) throws(StoreError.Reason) in
      var check = FileCheck(bytes, try MetaPage.newest(of: bytes), forWriting: forWriting)
      try check.run()
    }
  }

  /// Reads the file, and once more when a transaction was committed meanwhile, whose meta page may have been read in part.
  private static func read(
    _ file: DataFile, _ body: (UnsafeRawBufferPointer) throws(StoreError.Reason) -> Void
  ) throws(StoreError.Reason) {
    for _ in 1..<readings {
      let before = file.newestTransaction
      do throws(StoreError.Reason) { return try file.withBytes(body) } catch {
        guard before != file.newestTransaction else { throw error }
      }
    }
    try file.withBytes(body)
  }

  private init(_ bytes: UnsafeRawBufferPointer, _ meta: MetaPage, forWriting: Bool) {
    self.meta = meta
    self.forWriting = forWriting
    pages = PageUse(bytes, meta)
  }

  private mutating func run() throws(StoreError.Reason) {
    try visit(meta.main, .tables)
    let isOurs = tables[OwnTable.name] != nil
    guard isOurs || (tables.isEmpty && !hasOtherEntries) else { throw .notAStore }
    guard !hasOtherEntries else { throw .corrupted("there is something else among the tables") }
    var digests: [String: UInt64] = [:]
    for (name, record) in tables {
      try visit(record, name == OwnTable.name ? .ownTable : .values)
      digests[name] = tree.digest
    }
    try visit(meta.free, .freePages)
    digests[OwnTable.name] = nil
    guard digests == recordedDigests else { throw .corrupted("a table has other keys than were put") }
    // Without the headers of large values some pages may not have been seen.
    guard !readsLargeValues || pages.highestSeen == meta.lastPage else {
      throw .corrupted("page \(meta.lastPage) is the last, and neither used nor free")
    }
  }
}

/// What is counted while a tree is visited.
struct TreeSums {
  var branches: UInt64 = 0
  var leaves: UInt64 = 0
  var largePages: UInt64 = 0
  var entries: UInt64 = 0
  /// The digest of the keys.
  var digest: UInt64 = 0
}

extension DataFile {
  /// The number of the last transaction, nil where the meta pages are damaged.
  fileprivate var newestTransaction: UInt64? {
    var number: UInt64?
    try? withBytes { (bytes) throws(StoreError.Reason) in number = try MetaPage.newest(of: bytes).transaction }
    return number
  }
}
