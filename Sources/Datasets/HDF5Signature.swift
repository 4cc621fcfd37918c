import Foundation

/// What the first bytes of a file say about it, without the HDF5 library.
///
/// Source: HDF5 File Format Specification 3.0, II.A, https://docs.hdfgroup.org/hdf5/develop/_f_m_t3.html.
enum HDF5Signature: Equatable {
  /// An HDF5 file with all bytes that it says it has.
  case whole
  /// An HDF5 file that ends before it says so, in bytes.
  case truncated(end: UInt64)
  /// No HDF5 file.
  case foreign

  private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  /// Looks at a file; nil with `errno` set for one that cannot be read.
  init?(ofFile path: String) {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { return nil }
    let size = UInt64(max(status.st_size, 0))
    // A superblock follows the user's own bytes, whose number is 0 or a power of two from 512 on.
    var offset: UInt64 = 0
    while offset < size {
      var block = [UInt8](repeating: 0, count: 96)
      let count = pread(file, &block, block.count, off_t(offset))
      guard count >= 0 else { return nil }
      if block.starts(with: Self.signature) {
        let end = Self.end(block)
        self = end <= size && count == block.count ? .whole : .truncated(end: max(end, size + 1))
        return
      }
      offset = offset == 0 ? 512 : offset * 2
    }
    self = .foreign
  }

  /// The end of the file as its superblock has it; 0 where that is of a form that is not known here.
  private static func end(_ block: [UInt8]) -> UInt64 {
    let version = block[8]
    // The sizes of addresses, and where the third of them is: after the base and another address.
    let (width, first): (Int, Int)
    switch version {
    case 0: (width, first) = (Int(block[13]), 24)
    case 1: (width, first) = (Int(block[13]), 28)
    case 2, 3: (width, first) = (Int(block[9]), 12)
    default: return 0
    }
    guard width == 4 || width == 8 else { return 0 }
    let bytes = block[(first + 2 * width)..<(first + 3 * width)]
    return bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
