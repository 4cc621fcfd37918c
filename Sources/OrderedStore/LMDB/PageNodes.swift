/// The nodes of a branch or leaf page, all within the page.
struct PageNodes {
  private let page: UnsafeRawBufferPointer
  private let isLeaf: Bool
  let count: Int

  /// - Throws: `corrupted` unless the nodes fill the space that the header gives as used.
  init(_ page: UnsafeRawBufferPointer, isLeaf: Bool, number: UInt64) throws(StoreError.Reason) {
    self.page = page
    self.isLeaf = isLeaf
    let lower = Int(page.loadUnaligned(fromByteOffset: 12, as: UInt16.self))
    let upper = Int(page.loadUnaligned(fromByteOffset: 14, as: UInt16.self))
    // LMDB ends the program at a branch with a single node.
    let fewest = isLeaf ? 1 : 2
    guard lower >= PageLayout.headerBytes + 2 * fewest, lower <= upper, upper <= page.count, lower & 1 == 0 else {
      throw .corrupted("page \(number) has no room for its nodes")
    }
    count = (lower - PageLayout.headerBytes) / 2
    var used = 0
    for index in 0..<count {
      let start = start(index)
      guard start >= upper, start & 1 == 0, start + PageLayout.nodeHeaderBytes <= page.count else {
        throw .corrupted("page \(number) has a node outside")
      }
      let size = PageLayout.nodeHeaderBytes + keyBytes(index) + valueBytesInNode(index)
      guard start + size <= page.count else { throw .corrupted("page \(number) has a node that is too large") }
      used += (size + 1) & ~1
    }
    guard used == page.count - upper else { throw .corrupted("page \(number) has gaps between its nodes") }
  }

  func flags(_ index: Int) -> UInt16 { half(index, 4) }

  func key(_ index: Int) -> UnsafeRawBufferPointer {
    let start = start(index) + PageLayout.nodeHeaderBytes
    return UnsafeRawBufferPointer(rebasing: page[start..<start + keyBytes(index)])
  }

  /// The number of the page below a node of a branch, 48 bits.
  func child(_ index: Int) -> UInt64 {
    UInt64(half(index, 0)) | UInt64(half(index, 2)) << 16 | UInt64(half(index, 4)) << 32
  }

  /// The number of bytes of a leaf's value, inside the page or not.
  func valueBytes(_ index: Int) -> Int { Int(half(index, 0)) | Int(half(index, 2)) << 16 }

  /// The content of a leaf's node: the value, or the number of its first page.
  func value(_ index: Int) -> UnsafeRawBufferPointer {
    let start = start(index) + PageLayout.nodeHeaderBytes + keyBytes(index)
    return UnsafeRawBufferPointer(rebasing: page[start..<start + valueBytesInNode(index)])
  }

  private func valueBytesInNode(_ index: Int) -> Int {
    guard isLeaf else { return 0 }
    return flags(index) == PageLayout.Place.overflow.rawValue ? MemoryLayout<UInt64>.size : valueBytes(index)
  }

  private func keyBytes(_ index: Int) -> Int { Int(half(index, 6)) }

  private func start(_ index: Int) -> Int {
    Int(page.loadUnaligned(fromByteOffset: PageLayout.headerBytes + 2 * index, as: UInt16.self))
  }

  private func half(_ index: Int, _ offset: Int) -> UInt16 {
    page.loadUnaligned(fromByteOffset: start(index) + offset, as: UInt16.self)
  }
}
