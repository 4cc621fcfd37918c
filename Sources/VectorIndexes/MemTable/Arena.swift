import Foundation

/// Zeroed memory that grows, never moves, and is freed as a whole.
///
/// Written here because the standard allocator cannot reserve address space. A reserved page takes physical memory only
/// once it is written, so room for rows to come can be laid out in advance.
struct Arena: ~Copyable {
  private static let blockBytes = 4 << 20

  private var blocks: [UnsafeMutableRawBufferPointer] = []
  private var free = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  /// The number of bytes allocated so far.
  private(set) var allocatedBytes = 0

  deinit { for block in blocks { munmap(block.baseAddress, block.count) } }

  /// The number of bytes that an allocation of `byteCount` bytes takes.
  static func rounded(_ byteCount: Int) -> Int { (byteCount + 63) / 64 * 64 }

  /// Reserves address space for allocations of this many rounded bytes in total, none of which then fails.
  ///
  /// - Returns: false if the system has not that much address space; nothing has changed then.
  mutating func reserve(byteCount: Int) -> Bool {
    guard let block = addBlock(byteCount: max(byteCount, Self.blockBytes)) else { return false }
    free = block
    return true
  }

  /// Allocates zeroed memory, aligned to 64 bytes.
  ///
  /// If nothing is reserved and the system has no memory left, the process ends, as with every allocation in Swift.
  ///
  /// - Complexity: O(1).
  mutating func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
    let rounded = Self.rounded(byteCount)
    if free.count < rounded {
      guard reserve(byteCount: rounded) else { fatalError("out of memory: a memtable needs \(rounded) bytes more") }
    }
    let address = free.baseAddress!
    free = UnsafeMutableRawBufferPointer(start: address + rounded, count: free.count - rounded)
    allocatedBytes += rounded
    return address
  }

  private mutating func addBlock(byteCount: Int) -> UnsafeMutableRawBufferPointer? {
    let page = Int(getpagesize())
    guard byteCount <= Int.max - page else { return nil }
    let length = (byteCount + page - 1) / page * page
    let address = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let address, address != MAP_FAILED else { return nil }
    let block = UnsafeMutableRawBufferPointer(start: address, count: length)
    blocks.append(block)
    return block
  }
}
