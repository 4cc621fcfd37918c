/// Reads a file as LMDB would, and refuses files on which LMDB would crash or return wrong data.
///
/// LMDB trusts the mapped file: a changed page number or offset makes it read outside the file. So this check visits
/// every page of every tree once. It checks the page headers, that nodes fill the used space without gaps, the order of
/// keys, the counts in the tree's record, the digest of a table's keys, and the checksums of values inside leaves. No
/// page may be used twice, or be used and listed as free. Pages of large values, most of the file, are not read, except
/// for the headers that LMDB trusts when it changes such values.
struct FileCheck {
  /// The later one of the two states of the file.
  private let meta: MetaPage
  private let forWriting: Bool
  var pages: PageUse
  /// The sums over the tree being visited, so far.
  var tree = TreeSums()
  /// The tables by name, and whether the tree of tables has an invalid entry.
  var tables: [String: TreeRecord] = [:]
  var hasOtherEntries = false
  /// The digests of the tables' keys, as stored in the store's own table.
  var recordedDigests: [String: UInt64] = [:]

  /// Whether to read the headers of large values.
  var readsLargeValues: Bool { forWriting }
  var lastTransaction: UInt64 { meta.transaction }

  private static let readings = 5

  /// Checks the meta pages, which LMDB reads when it opens a file. An empty file opened for writing passes, as a new
  /// store.
  ///
  /// - Throws: `notLMDB`, `otherLMDBVersion`, `truncated`, `corrupted`, `unfinished`.
  static func checkHead(of file: DataFile, forWriting: Bool) throws(StoreError.Reason) {
    guard file.size > 0 else {
      if forWriting { return }
      throw .unfinished
    }
    try read(file) { (bytes) throws(StoreError.Reason) in _ = try MetaPage.newest(of: bytes) }
  }

  /// Checks an open file. A read transaction must keep the pages of the newest state from being reused meanwhile.
  ///
  /// - Throws: `notAStore`, `truncated`, `corrupted`.
  /// - Complexity: O(keys + bytes of small values).
  static func check(_ file: DataFile, forWriting: Bool) throws(StoreError.Reason) {
    try read(file) { (bytes) throws(StoreError.Reason) in
      var check = FileCheck(bytes, try MetaPage.newest(of: bytes), forWriting: forWriting)
      try check.run()
    }
  }

  /// Reads the file; reads it again if a transaction was committed meanwhile, whose meta page may have been incomplete.
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
    // Without the headers of large values, the last pages may not have been visited.
    guard !readsLargeValues || pages.highestSeen == meta.lastPage else {
      throw .corrupted("page \(meta.lastPage) is the last, and neither used nor free")
    }
  }
}

/// Counts over a tree while it is visited.
struct TreeSums {
  var branches: UInt64 = 0
  var leaves: UInt64 = 0
  var largePages: UInt64 = 0
  var entries: UInt64 = 0
  /// The digest of the keys.
  var digest: UInt64 = 0
}

extension DataFile {
  /// The number of the last transaction; `nil` if the meta pages are damaged.
  fileprivate var newestTransaction: UInt64? {
    var number: UInt64?
    try? withBytes { (bytes) throws(StoreError.Reason) in number = try MetaPage.newest(of: bytes).transaction }
    return number
  }
}
