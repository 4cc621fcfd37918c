import Foundation

/// Raw memory for vectors: 64-byte aligned; from 4 MiB on in huge pages where the system has them.
///
/// Filling 488 MB takes half the time in huge pages, and scans miss the TLB less.
public enum AlignedMemory {
  /// Memory of at least one byte, so that an empty matrix has an address too; freed with `deallocate()`.
  public static func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
    let hugePage = 2 << 20
    guard byteCount >= 2 * hugePage else { return .allocate(byteCount: max(byteCount, 1), alignment: 64) }
    let base = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: hugePage)
    #if os(Linux)
      // Whole pages only: what follows in the last one belongs to others. Refusal costs nothing.
      madvise(base, byteCount / hugePage * hugePage, MADV_HUGEPAGE)
    #endif
    return base
  }
}
