/// The pages of a file, and which of them have been found in use or free.
struct PageUse {
  private let file: UnsafeRawBufferPointer
  let pageSize: Int
  /// The last page that LMDB has allocated; the file may end before it, if the last pages are free.
  private let lastPage: UInt64
  /// One bit for each page of the file.
  private var isSeen: [UInt64]
  /// Free pages after the end of the file, which were never written.
  private var freeBehindEnd: Set<UInt64> = []
  private(set) var highestSeen: UInt64 = 1

  init(_ file: UnsafeRawBufferPointer, _ meta: MetaPage) {
    self.file = file
    pageSize = meta.pageSize
    lastPage = meta.lastPage
    isSeen = Array(repeating: 0, count: file.count / meta.pageSize / 64 + 1)
  }

  /// Marks a page as used or free.
  ///
  /// - Throws: `truncated`; `corrupted` if the page is marked already.
  mutating func mark(_ number: UInt64, isFree: Bool = false) throws(StoreError.Reason) {
    guard number >= UInt64(PageLayout.metaPages), number <= lastPage else {
      throw .corrupted("there is no page \(number)")
    }
    highestSeen = max(highestSeen, number)
    guard number < UInt64(file.count / pageSize) else {
      guard isFree else { throw .truncated(bytes: file.count, needed: (Int(number) + 1) * pageSize) }
      guard freeBehindEnd.insert(number).inserted else { throw .corrupted("page \(number) is free twice") }
      return
    }
    let (word, bit) = (Int(number / 64), UInt64(1) << (number % 64))
    guard isSeen[word] & bit == 0 else { throw .corrupted("page \(number) is used twice, or used and free") }
    isSeen[word] |= bit
  }

  /// The bytes of a used page, which must be of the stated kind.
  mutating func page(_ number: UInt64, _ kind: PageLayout.Kind) throws(StoreError.Reason) -> UnsafeRawBufferPointer {
    try mark(number)
    let page = bytes(number, 0, pageSize)
    guard page.loadUnaligned(as: UInt64.self) == number,
      page.loadUnaligned(fromByteOffset: 10, as: UInt16.self) == kind.rawValue
    else { throw .corrupted("page \(number) is not what refers to it") }
    return page
  }

  /// Marks the pages of a large value, and returns its bytes.
  ///
  /// - Parameter readsHeader: whether to read the header of the first page, which LMDB uses only to change the value.
  /// - Returns: the bytes, and the number of pages, which may exceed what the bytes need.
  mutating func value(
    from first: UInt64, byteCount: Int, readsHeader: Bool
  ) throws(StoreError.Reason) -> (bytes: UnsafeRawBufferPointer, pages: UInt64) {
    let needed = UInt64((PageLayout.headerBytes - 1 + byteCount) / pageSize + 1)
    var pages = needed
    if readsHeader {
      pages = UInt64(try page(first, .overflow).loadUnaligned(fromByteOffset: 12, as: UInt32.self))
      // A value that became smaller within the transaction that wrote it keeps its pages.
      guard pages >= needed else {
        throw .corrupted("page \(first) begins \(pages) pages for a value of \(byteCount) bytes")
      }
    } else {
      try mark(first)
    }
    for next in 1..<pages { try mark(first + next) }
    return (bytes(first, PageLayout.headerBytes, byteCount), pages)
  }

  private func bytes(_ page: UInt64, _ offset: Int, _ count: Int) -> UnsafeRawBufferPointer {
    let start = Int(page) * pageSize + offset
    return UnsafeRawBufferPointer(rebasing: file[start..<start + count])
  }
}
