import Foundation

/// Raw memory for vectors, aligned to 64 bytes; allocations from 4 MiB on use huge pages if the system has them.
///
/// With huge pages, filling 488 MB takes half the time, and scans have fewer TLB misses.
public enum AlignedMemory {
  private static let hugePage = 2 << 20
  #if os(Linux)
    /// The advice MADV_COLLAPSE of Linux 6.1, which older headers do not name.
    private static let collapse: Int32 = 25
  #endif

  /// Allocates at least one byte, so that an empty matrix has an address too; free it with `deallocate()`.
  public static func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
    guard byteCount >= 2 * hugePage else { return .allocate(byteCount: max(byteCount, 1), alignment: 64) }
    let base = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: hugePage)
    #if os(Linux)
      // Only whole huge pages: the rest of the last one belongs to other allocations. A refused advice does no harm.
      madvise(base, byteCount / hugePage * hugePage, MADV_HUGEPAGE)
    #endif
    return base
  }

  /// Moves memory that consists of many allocations, such as the lists of an index, to huge pages if the system has them.
  ///
  /// A search that visits a thousand rows in random lists misses the TLB as often: of 1 M × 128 floats, searches of
  /// `ivf-pq` are 1.10 to 1.15 times as fast with them (Zen 4). Only the pages change, not the addresses or the contents.
  /// From Linux 6.1 this happens even where the system leaves huge pages to programs that ask, or to none.
  ///
  /// - Parameter parts: allocations; those that are less than 64 KiB apart share pages, with what is between them.
  /// - Complexity: O(bytes).
  public static func useHugePages(under parts: [UnsafeRawBufferPointer], threads: Int) {
    #if os(Linux)
      let most = 64 << 10
      var ranges: [Range<Int>] = []
      for part in parts.map({ Int(bitPattern: $0.baseAddress)..<Int(bitPattern: $0.baseAddress) + $0.count }).sorted(
        by: { $0.lowerBound < $1.lowerBound })
      {
        if let last = ranges.last, part.lowerBound - last.upperBound < most {
          ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, part.upperBound)
        } else {
          ranges.append(part)
        }
      }
      let pieceBytes = 32 * hugePage
      let pieces = ranges.flatMap { range in
        let end = range.upperBound / hugePage * hugePage
        return stride(from: (range.lowerBound + hugePage - 1) / hugePage * hugePage, to: end, by: pieceBytes)
          .map { $0..<min($0 + pieceBytes, end) }
      }
      parallelChunks(of: pieces.count, chunk: 1, threads: threads) { _, numbers in
        for piece in pieces[numbers] {
          // As above, a refused advice does no harm. The second one moves the pages at once.
          let base = UnsafeMutableRawPointer(bitPattern: piece.lowerBound)
          madvise(base, piece.count, MADV_HUGEPAGE)
          madvise(base, piece.count, collapse)
        }
      }
    #endif
  }
}
