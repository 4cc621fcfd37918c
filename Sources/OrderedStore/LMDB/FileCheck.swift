/// Reads a file as LMDB would, and refuses it before LMDB sees it where that would crash or answer wrongly.
///
/// LMDB believes what it maps: an altered page number or offset makes it read outside of the file. Here every page of
/// every tree is visited once: its header, the tiling of its nodes, the order of its keys, the sums that the tree's record
/// states, the checksums of keys and of values inside of leaves; and no page may be used twice or be listed as free.
struct FileCheck {
  private let file: UnsafeRawBufferPointer
  /// The state of the file that is the later one.
  private let meta: MetaPage
  /// A bit for each page of the file: used or free.
  private var isSeen: [UInt64]
  /// Free pages behind the end of the file: never written yet.
  private var freeBehindEnd: Set<UInt64> = []
  private var highestSeen: UInt64 = 1
  /// Branch pages, leaf pages, overflow pages and entries of the tree that is being visited.
  private var counts: [UInt64] = [0, 0, 0, 0]

  /// What a tree's keys and values are.
  private enum Content {
    /// Pages that are free, by the number of the transaction that freed them.
    case freePages
    /// Trees by their names.
    case tables
    /// Values with checksums.
    case values
  }

  /// Checks a file; an empty one passes when it is opened for writing, which is how a store begins.
  ///
  /// A file that another process writes to is not read: that process has checked it.
  ///
  /// - Throws: `notLMDB`, `otherLMDBVersion`, `truncated`, `corrupted`, `unfinished`.
  /// - Complexity: O(keys + bytes of small values).
  static func check(_ file: DataFile, forWriting: Bool) throws(StoreError.Reason) {
    while true {
      guard file.size > 0 else {
        if forWriting { return }
        throw .unfinished
      }
      if !forWriting, file.hasWriter { return }
      let before = try? newest(file).transaction
      do throws(StoreError.Reason) {
        return try file.withBytes { (bytes) throws(StoreError.Reason) in
          var check = try FileCheck(bytes)
          try check.run()
        }
      } catch {
        // A writer that has come and gone meanwhile may have written what was being read.
        guard !forWriting, file.hasWriter || before != (try? newest(file).transaction) else { throw error }
      }
    }
  }

  private static func newest(_ file: DataFile) throws(StoreError.Reason) -> MetaPage {
    var meta: MetaPage?
    try file.withBytes { (bytes) throws(StoreError.Reason) in meta = try newest(bytes) }
    guard let meta else { throw .unfinished }
    return meta
  }

  /// The later of the two states of the file.
  private static func newest(_ bytes: UnsafeRawBufferPointer) throws(StoreError.Reason) -> MetaPage {
    let first = try MetaPage(bytes, number: 0, at: 0)
    let second = try MetaPage(bytes, number: 1, at: first.pageSize)
    // Transactions write the pages in turn, each its own: even ones page 0, odd ones page 1.
    let (even, odd) = (first.transaction, second.transaction)
    let areNeighbours = even & 1 == 0 && odd & 1 == 1 && (odd == even + 1 || odd + 1 == even)
    guard first.pageSize == second.pageSize, areNeighbours || (even == 0 && odd == 0) else {
      throw .corrupted("the meta pages contradict each other")
    }
    try first.checkTransaction(bytes)
    try second.checkTransaction(bytes)
    return even > odd ? first : second
  }

  private init(_ bytes: UnsafeRawBufferPointer) throws(StoreError.Reason) {
    meta = try Self.newest(bytes)
    file = bytes
    isSeen = Array(repeating: 0, count: bytes.count / meta.pageSize / 64 + 1)
  }

  private mutating func run() throws(StoreError.Reason) {
    try visit(meta.main, .tables)
    try visit(meta.free, .freePages)
    guard highestSeen == meta.lastPage else {
      throw .corrupted("page \(meta.lastPage) is the last, and neither used nor free")
    }
  }

  // MARK: Trees

  private mutating func visit(_ tree: TreeRecord, _ content: Content) throws(StoreError.Reason) {
    let outer = counts
    counts = [0, 0, 0, 0]
    if tree.root == PageLayout.noPage {
      guard tree.depth == 0 else { throw .corrupted("a tree without root has depth \(tree.depth)") }
    } else {
      guard (1...32).contains(tree.depth) else { throw .corrupted("a tree has depth \(tree.depth)") }
      try visit(page: tree.root, below: tree.depth - 1, content, from: nil, upTo: nil)
    }
    guard counts == tree.counts else { throw .corrupted("a tree has other pages or entries than its record says") }
    counts = outer
  }

  /// Visits a page of a tree and all below it.
  ///
  /// - Parameters:
  ///   - levels: levels below it; 0 for a leaf.
  ///   - lower: the key that none on the page is before.
  ///   - upper: the key that all on the page are before.
  private mutating func visit(
    page number: UInt64, below levels: Int, _ content: Content,
    from lower: UnsafeRawBufferPointer?, upTo upper: UnsafeRawBufferPointer?
  ) throws(StoreError.Reason) {
    let isLeaf = levels == 0
    let page = try use(number, isLeaf ? .leaf : .branch)
    counts[isLeaf ? 1 : 0] += 1
    let nodes = try PageNodes(page, isLeaf: isLeaf, number: number)
    if isLeaf { counts[3] += UInt64(nodes.count) }
    var last: UnsafeRawBufferPointer?
    for index in 0..<nodes.count {
      // The first key of a branch stands for everything before the second.
      let key = isLeaf || index > 0 ? nodes.key(index) : nil
      if let key {
        guard content != .freePages || key.count == 8, (1...StoreLimits.keyBytes).contains(key.count) else {
          throw .corrupted("page \(number) has a key of \(key.count) bytes")
        }
        let isInOrder =
          last.map { order($0, key, content) < 0 } != false && lower.map { order($0, key, content) <= 0 } != false
          && upper.map { order(key, $0, content) < 0 } != false
        guard isInOrder else { throw .corrupted("page \(number) has keys out of order") }
        last = key
      }
      if isLeaf {
        try visit(value: nodes, index, content, number)
      } else {
        try visit(
          page: nodes.child(index), below: levels - 1, content, from: key ?? lower,
          upTo: index + 1 < nodes.count ? nodes.key(index + 1) : upper)
      }
    }
  }

  private func order(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer, _ content: Content) -> Int {
    guard content == .freePages else { return compareKeys(a, b) }
    let (a, b) = (a.loadUnaligned(as: UInt64.self), b.loadUnaligned(as: UInt64.self))
    return a < b ? -1 : a == b ? 0 : 1
  }

  // MARK: Values

  private mutating func visit(
    value nodes: PageNodes, _ index: Int, _ content: Content, _ number: UInt64
  ) throws(StoreError.Reason) {
    let place = PageLayout.Place(rawValue: nodes.flags(index))
    switch (content, place) {
    case (.tables, .tree):
      let record = nodes.value(index)
      guard record.count == TreeRecord.bytes else { throw .corrupted("page \(number) has no record of a tree") }
      let tree = TreeRecord(record, at: 0)
      guard tree.flags == 0 else { throw .corrupted("page \(number) has a tree of another kind") }
      try visit(tree, .values)
    case (.values, .inNode):
      guard StoredValue.open(nodes.value(index), key: nodes.key(index)) != nil else {
        throw .corrupted("page \(number) has a value that fails its checksum")
      }
    case (.values, .overflow):
      guard StoredValue.belongs(try overflow(nodes, index), to: nodes.key(index)) else {
        throw .corrupted("page \(number) has a key that its value does not belong to")
      }
    case (.freePages, .inNode):
      try free(nodes.value(index), key: nodes.key(index))
    case (.freePages, .overflow):
      try free(try overflow(nodes, index), key: nodes.key(index))
    default: throw .corrupted("page \(number) has an entry of another kind")
    }
  }

  /// The value of a node that lies in pages of its own.
  private mutating func overflow(_ nodes: PageNodes, _ index: Int) throws(StoreError.Reason) -> UnsafeRawBufferPointer {
    let first = nodes.value(index).loadUnaligned(as: UInt64.self)
    let page = try use(first, .overflow)
    let pages = UInt64(page.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
    let bytes = nodes.valueBytes(index)
    // A value that became smaller in the transaction that wrote it keeps its pages.
    guard pages >= UInt64((PageLayout.headerBytes - 1 + bytes) / meta.pageSize + 1) else {
      throw .corrupted("page \(first) begins \(pages) pages for a value of \(bytes) bytes")
    }
    for next in 1..<pages { try mark(first &+ next, isFree: false) }
    counts[2] += pages
    let start = Int(first) * meta.pageSize + PageLayout.headerBytes
    return UnsafeRawBufferPointer(rebasing: file[start..<start + bytes])
  }

  /// A list of free pages: how many, and their numbers, descending.
  private mutating func free(
    _ list: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer
  ) throws(StoreError.Reason) {
    let freedBy = key.loadUnaligned(as: UInt64.self)
    let count = list.count >= 8 ? list.loadUnaligned(as: UInt64.self) : .max
    guard (1...max(1, meta.transaction)).contains(freedBy), count < UInt64(list.count / 8) else {
      throw .corrupted("the free pages of transaction \(freedBy) contradict themselves")
    }
    var last = UInt64.max
    for place in stride(from: 8, through: Int(count) * 8, by: 8) {
      let page = list.loadUnaligned(fromByteOffset: place, as: UInt64.self)
      guard page < last else { throw .corrupted("the free pages of transaction \(freedBy) are out of order") }
      try mark(page, isFree: true)
      last = page
    }
  }

  // MARK: Pages

  /// A page that a tree uses.
  private mutating func use(_ number: UInt64, _ kind: PageLayout.Kind) throws(StoreError.Reason)
    -> UnsafeRawBufferPointer
  {
    try mark(number, isFree: false)
    let start = Int(number) * meta.pageSize
    let page = UnsafeRawBufferPointer(rebasing: file[start..<start + meta.pageSize])
    guard page.loadUnaligned(as: UInt64.self) == number,
      page.loadUnaligned(fromByteOffset: 10, as: UInt16.self) == kind.rawValue
    else { throw .corrupted("page \(number) is not what refers to it") }
    return page
  }

  private mutating func mark(_ number: UInt64, isFree: Bool) throws(StoreError.Reason) {
    guard number >= UInt64(PageLayout.metaPages), number <= meta.lastPage else {
      throw .corrupted("there is no page \(number)")
    }
    highestSeen = max(highestSeen, number)
    guard number < UInt64(file.count / meta.pageSize) else {
      guard isFree else { throw .truncated(bytes: file.count, needed: Int(number + 1) * meta.pageSize) }
      guard freeBehindEnd.insert(number).inserted else { throw .corrupted("page \(number) is free twice") }
      return
    }
    let (word, bit) = (Int(number / 64), UInt64(1) << (number % 64))
    guard isSeen[word] & bit == 0 else { throw .corrupted("page \(number) is used twice, or used and free") }
    isSeen[word] |= bit
  }
}
