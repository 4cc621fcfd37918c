import Foundation

/// Zeroed memory that grows, never moves, and is freed as one.
///
/// It is taken from the system as address space: a page costs memory from its first write on, so that much can be laid
/// out for what may come.
struct Arena: ~Copyable {
  private static let blockBytes = 4 << 20

  private var blocks: [UnsafeMutableRawBufferPointer] = []
  private var free = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  /// Bytes that have been handed out.
  private(set) var allocatedBytes = 0

  deinit { for block in blocks { munmap(block.baseAddress, block.count) } }

  /// Zeroed memory, 64-byte aligned. - Complexity: O(1).
  mutating func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
    let rounded = (byteCount + 63) / 64 * 64
    if free.count < rounded { free = addBlock(byteCount: max(rounded, Self.blockBytes)) }
    let address = free.baseAddress!
    free = UnsafeMutableRawBufferPointer(start: address + rounded, count: free.count - rounded)
    allocatedBytes += rounded
    return address
  }

  private mutating func addBlock(byteCount: Int) -> UnsafeMutableRawBufferPointer {
    let page = Int(getpagesize())
    let length = (byteCount + page - 1) / page * page
    let address = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let address, address != MAP_FAILED else {
      fatalError("the system has no \(length) bytes of address space left for a memtable: make max_rows smaller")
    }
    blocks.append(UnsafeMutableRawBufferPointer(start: address, count: length))
    return blocks[blocks.count - 1]
  }
}
