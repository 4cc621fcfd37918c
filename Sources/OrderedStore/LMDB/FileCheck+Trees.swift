extension FileCheck {
  /// The kind of keys and values of a tree.
  enum Content {
    /// Lists of free pages; the key is the number of the transaction that freed them.
    case freePages
    /// Trees of tables; the key is the name.
    case tables
    /// The store's own table.
    case ownTable
    /// Values with checksums.
    case values
  }

  /// Visits a tree and sums it up in `tree`.
  mutating func visit(_ record: TreeRecord, _ content: Content) throws(StoreError.Reason) {
    tree = TreeSums()
    if record.root == PageLayout.noPage {
      guard record.depth == 0 else { throw .corrupted("a tree without root has depth \(record.depth)") }
    } else {
      guard (1...32).contains(record.depth) else { throw .corrupted("a tree has depth \(record.depth)") }
      try visit(page: record.root, below: record.depth - 1, content, from: nil, upTo: nil)
    }
    let hasAllPages = readsLargeValues || content == .freePages
    guard tree.branches == record.branches, tree.leaves == record.leaves, tree.entries == record.entries,
      hasAllPages ? tree.largePages == record.largePages : tree.largePages <= record.largePages
    else { throw .corrupted("a tree has other pages or entries than its record says") }
  }

  /// Visits a page of a tree and all pages below it.
  ///
  /// - Parameters:
  ///   - levels: the number of levels below the page; 0 for a leaf.
  ///   - lower: no key on the page may be less.
  ///   - upper: all keys on the page must be less.
  private mutating func visit(
    page number: UInt64, below levels: Int, _ content: Content,
    from lower: UnsafeRawBufferPointer?, upTo upper: UnsafeRawBufferPointer?
  ) throws(StoreError.Reason) {
    let isLeaf = levels == 0
    let nodes = try PageNodes(pages.page(number, isLeaf ? .leaf : .branch), isLeaf: isLeaf, number: number)
    tree.leaves += isLeaf ? 1 : 0
    tree.branches += isLeaf ? 0 : 1
    // The first key of a branch stands for all keys before the second, and is not read.
    var last = lower
    for index in 0..<nodes.count {
      if isLeaf || index > 0 {
        let key = nodes.key(index)
        guard (1...StoreLimits.keyBytes).contains(key.count), content != .freePages || key.count == 8 else {
          throw .corrupted("page \(number) has a key of \(key.count) bytes")
        }
        // Only the first key may equal the lower bound.
        let mayBeEqual = index == (isLeaf ? 0 : 1)
        guard isInOrder(last, key, mayBeEqual: mayBeEqual, content), isInOrder(key, upper, content) else {
          throw .corrupted("page \(number) has keys out of order")
        }
        last = key
      }
      if isLeaf {
        try visit(entry: nodes, index, content, number)
      } else {
        let next = index + 1 < nodes.count ? nodes.key(index + 1) : upper
        try visit(page: nodes.child(index), below: levels - 1, content, from: last, upTo: next)
      }
    }
  }

  private func isInOrder(
    _ first: UnsafeRawBufferPointer?, _ second: UnsafeRawBufferPointer?, mayBeEqual: Bool = false, _ content: Content
  ) -> Bool {
    guard let first, let second else { return true }
    guard content == .freePages else { return compareKeys(first, second) < (mayBeEqual ? 1 : 0) }
    guard first.count == 8, second.count == 8 else { return false }
    let (a, b) = (first.loadUnaligned(as: UInt64.self), second.loadUnaligned(as: UInt64.self))
    return a < b || (mayBeEqual && a == b)
  }

  // MARK: Entries

  private mutating func visit(
    entry nodes: PageNodes, _ index: Int, _ content: Content, _ number: UInt64
  ) throws(StoreError.Reason) {
    tree.entries += 1
    let key = nodes.key(index)
    switch (content, PageLayout.Place(rawValue: nodes.flags(index))) {
    case (.tables, .tree):
      let record = nodes.value(index)
      guard record.count == TreeRecord.bytes else { throw .corrupted("page \(number) has no record of a tree") }
      let tree = TreeRecord(record, at: 0)
      guard tree.flags == 0 else { throw .corrupted("page \(number) has a tree of another kind") }
      tables[String(decoding: key, as: UTF8.self)] = tree
    case (.tables, _):
      hasOtherEntries = true
    case (.values, .inNode), (.ownTable, .inNode):
      let keyHash = StoredValue.hash(ofKey: key)
      guard let value = StoredValue.open(nodes.value(index), keyHash: keyHash) else {
        throw .corrupted("page \(number) has a value that fails its checksum")
      }
      tree.digest &+= keyHash
      if content == .ownTable, let table = OwnTable.table(ofKey: key) {
        recordedDigests[table] = OwnTable.readDigest(value)
      }
    case (.values, .overflow):
      tree.digest &+= StoredValue.hash(ofKey: key)
      _ = try largeValue(nodes, index, readsHeader: readsLargeValues)
    case (.freePages, .inNode):
      try mark(freePages: nodes.value(index), key: key)
    case (.freePages, .overflow):
      try mark(freePages: largeValue(nodes, index, readsHeader: true), key: key)
    default: throw .corrupted("page \(number) has an entry of another kind")
    }
  }

  private mutating func largeValue(
    _ nodes: PageNodes, _ index: Int, readsHeader: Bool
  ) throws(StoreError.Reason) -> UnsafeRawBufferPointer {
    let first = nodes.value(index).loadUnaligned(as: UInt64.self)
    let value = try pages.value(from: first, byteCount: nodes.valueBytes(index), readsHeader: readsHeader)
    tree.largePages += value.pages
    return value.bytes
  }

  /// Marks the pages of a list of free pages: their count, and their numbers in descending order.
  private mutating func mark(
    freePages list: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer
  ) throws(StoreError.Reason) {
    let freedBy = key.loadUnaligned(as: UInt64.self)
    let count = list.count >= 8 ? list.loadUnaligned(as: UInt64.self) : .max
    guard freedBy >= 1, freedBy <= lastTransaction, count < UInt64(list.count / 8) else {
      throw .corrupted("the free pages of transaction \(freedBy) contradict themselves")
    }
    var last = UInt64.max
    for place in stride(from: 8, through: Int(count) * 8, by: 8) {
      let page = list.loadUnaligned(fromByteOffset: place, as: UInt64.self)
      guard page < last else { throw .corrupted("the free pages of transaction \(freedBy) are out of order") }
      try pages.mark(page, isFree: true)
      last = page
    }
  }
}
